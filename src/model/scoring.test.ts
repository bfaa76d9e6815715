import t from 'tap'
import { isBetter, isLowerBetter, isOfTrainingRows, plainMetric } from './scoring.ts'

/** scikit-learn's scorers of these names begin with neg_. */
const LOSSES = ['log_loss', 'root_mean_squared_error', 'mean_absolute_error', 'median_absolute_error']
const SCORES = ['accuracy', 'balanced_accuracy', 'f1_macro', 'matthews_corrcoef', 'roc_auc', 'r2', 'explained_variance']
const PREFIXES = ['', 'validation_', 'search_', 'cv_']

t.test('losses are better the lower, of whatever rows and of whichever label', async (t) => {
  for (const prefix of PREFIXES) {
    for (const label of ['', 'price.', 'a.b.']) {
      for (const loss of LOSSES) t.equal(isLowerBetter(prefix + label + loss), true, prefix + label + loss)
      for (const score of SCORES) t.equal(isLowerBetter(prefix + label + score), false, prefix + label + score)
    }
  }
  t.equal(isBetter('cv_price.mean_absolute_error', 1, 2), true)
})

t.test('so are the time that a training took, and the count of its warnings', async (t) => {
  for (const name of ['training_seconds', 'search_seconds', 'warning_count']) t.equal(isLowerBetter(name), true, name)
  for (const name of ['training_rows', 'validation_rows', 'search_trials', 'oob_score', 'profit']) {
    t.equal(isLowerBetter(name), false, name)
  }
})

t.test(
  'an import is better the nearer it is to its golden rows, and these are no rows that it learnt from',
  async (t) => {
    for (const name of ['golden_worst_difference', 'golden_tolerance']) t.equal(isLowerBetter(name), true, name)
    t.equal(isLowerBetter('golden_rows'), false)
    for (const name of ['golden_rows', 'golden_columns', 'golden_tolerance', 'golden_worst_difference']) {
      t.equal(isOfTrainingRows(name), false, name)
    }
  },
)

t.test('the plain name of a metric has neither rows nor label', async (t) => {
  t.equal(plainMetric('cv_log_loss'), 'log_loss')
  t.equal(plainMetric('validation_kind of wine.log_loss'), 'log_loss')
  t.equal(plainMetric('r2'), 'r2')
})

t.test('metrics without a prefix are of the rows that were learnt, but for those that are of no rows', async (t) => {
  for (const name of ['accuracy', 'price.r2', 'profit', 'cluster_count']) t.equal(isOfTrainingRows(name), true, name)
  for (const name of ['cv_accuracy', 'validation_price.r2', 'search_seconds', 'price.oob_score', 'training_seconds']) {
    t.equal(isOfTrainingRows(name), false, name)
  }
})
