import t from 'tap'
import type { Version } from '../project.ts'
import { judgedOn } from './judged-on.ts'

let count = 0
/** splitSeed: null where no rows are held out. */
function versionOf(options: Record<string, unknown>, others: Partial<Version> = {}): Version {
  count += 1
  const request = { modelName: 'forest', parameters: {}, labels: ['y'], features: [], options }
  return { version: count, datasetSha256: 'a', splitSeed: null, request, ...others } as unknown as Version
}
const areSame = (metric: string, a: Version, b: Version) => judgedOn(a, metric) === judgedOn(b, metric)

t.test('held-out rows are of the data set, share, seed, column and labels; weights count them otherwise', async (t) => {
  const held = { validation_split: 0.2 }
  const usual = versionOf(held, { splitSeed: 1 })
  t.ok(areSame('validation_r2', usual, versionOf({ ...held, cross_validation: 5 }, { splitSeed: 1 })))
  for (const other of [
    versionOf(held, { splitSeed: 2 }),
    versionOf(held, { splitSeed: 1, datasetSha256: 'b' }),
    versionOf({ validation_split: 0.3 }, { splitSeed: 1 }),
    versionOf({ ...held, split_by: { column: 'g' } }, { splitSeed: 1 }),
    versionOf({ ...held, weights: 'w' }, { splitSeed: 1 }),
  ]) {
    t.notOk(areSame('validation_r2', usual, other), JSON.stringify(other))
  }
})

t.test(
  'folds of a cross-validation are the same where they are drawn in the same way, however it is said',
  async (t) => {
    const five = versionOf({ cross_validation: 5 })
    for (const options of [
      { cross_validation: { folds: 5 } },
      { cross_validation: { folds: 5, repeats: 1, kind: 'stratified' } },
      { cross_validation: {} },
      { calibration: 'sigmoid' },
      { cross_validation: 5, split_seed: 0 },
    ]) {
      t.ok(areSame('cv_log_loss', five, versionOf(options)), JSON.stringify(options))
    }
    for (const options of [
      { cross_validation: { folds: 3, repeats: 2 } },
      { cross_validation: { folds: 5, repeats: 2 } },
      { cross_validation: { folds: 5, kind: 'plain' } },
      { cross_validation: 5, split_seed: 9 },
      { cross_validation: { folds: 5, kind: 'grouped', column: 'g' } },
    ]) {
      t.notOk(areSame('cv_log_loss', five, versionOf(options)), JSON.stringify(options))
      t.ok(areSame('log_loss', five, versionOf(options)), 'all learnt from the same rows')
    }
    const ofNumbers = versionOf({ cross_validation: { kind: 'plain' } })
    t.ok(areSame('cv_price.r2', five, ofNumbers), 'numbers have no classes to keep in proportion')
    const split_by = { column: 'g', as: 'group' }
    const grouped = versionOf({ split_by, cross_validation: { kind: 'grouped' } })
    t.ok(areSame('cv_r2', grouped, versionOf({ split_by, cross_validation: { kind: 'grouped', column: 'g' } })))
  },
)

t.test('so are those of a search, unless it may have ended on a part of the rows', async (t) => {
  const searched = (search: Record<string, unknown>) => versionOf({ search: { strategy: 'random', ...search } })
  const usual = searched({})
  t.ok(areSame('search_accuracy', usual, searched({ folds: 5, seed: 0, trials: 3 })))
  t.ok(areSame('search_accuracy', usual, searched({ strategy: 'halving', folds: { kind: 'stratified' } })))
  for (const other of [
    searched({ folds: 3 }),
    searched({ seed: 1 }),
    searched({ folds: { repeats: 2 } }),
    searched({ folds: { column: 'g' } }),
    searched({ strategy: 'halving', seconds: 10 }),
    versionOf({}),
  ]) {
    t.notOk(areSame('search_accuracy', usual, other), JSON.stringify(other))
  }
  t.notOk(areSame('search_accuracy', versionOf({}), versionOf({})), 'model classes that search by themselves')
})
