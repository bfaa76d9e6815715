// Trainings whose reports tests look at: every kind of model, and names that nobody should choose.
import { csvRows } from './csv-rows.ts'

/** Names that mean something to a page, to a plotting library or to an object. */
export const HOSTILE_NAMES = [
  '</script><img src=x onerror=alert(1)>',
  '"><svg onload=alert(2)>',
  `a'b"c&amp;d`,
  '</title></style></svg><script>alert(3)</script>',
  '__proto__',
  'constructor',
  'datum.x',
  ' ',
  'line\nbreak\ttab',
  '\u202Egnp.exe',
  'x'.repeat(300),
] as const

interface ReportedTraining {
  readonly model: string
  readonly body: Readonly<Record<string, unknown>>
}

function hostileRows() {
  const features = Array.from({ length: 120 }, (_, i) =>
    Object.fromEntries(
      HOSTILE_NAMES.map((name, j) => {
        const value = j % 3 === 0 ? HOSTILE_NAMES[(i * (j + 1)) % HOSTILE_NAMES.length] : (i * (j + 7)) % 23
        return [name, value] as const
      }),
    ),
  )
  const labels = features.map((_, i) => ({ '<b>label</b>': ['<i>yes</i>', 'no"\'', '__proto__'][(i * 7) % 3] }))
  return { features, labels }
}

const wide = {
  features: Array.from({ length: 60 }, (_, i) =>
    Object.fromEntries(Array.from({ length: 200 }, (_, j) => [`column_${j}`, (i * (j + 3)) % 41])),
  ),
  labels: Array.from({ length: 60 }, (_, i) => ({ y: (i * 11) % 29 })),
}

const oneClass = {
  features: Array.from({ length: 30 }, (_, i) => ({ a: i, b: null, c: 'always' })),
  labels: Array.from({ length: 30 }, () => ({ y: 'only' })),
}

const iris = csvRows('iris', ['species'])

/** By what is special about them. */
export const REPORTED: Readonly<Record<string, ReportedTraining>> = {
  binary: {
    model: 'random_forest_classifier',
    body: { ...csvRows('breast_cancer', ['diagnosis']), parameters: { n_estimators: 10 }, validation_split: 0.3 },
  },
  multiclass: { model: 'logistic_regression', body: iris },
  regressor: {
    model: 'gradient_boosting_regressor',
    body: { ...csvRows('diabetes', ['progression']), parameters: { max_iter: 40 }, validation_split: 0.2 },
  },
  boosting: {
    model: 'gradient_boosting_classifier',
    body: { ...iris, parameters: { max_iter: 30, early_stopping: true } },
  },
  searched: {
    model: 'decision_tree_classifier',
    body: {
      ...iris,
      search: {
        strategy: 'random',
        trials: 30,
        space: {
          max_depth: [null, 1, 2, 3, 5],
          min_samples_leaf: { min: 1, max: 40, log: true, integer: true },
          criterion: ['gini', 'entropy'],
        },
        early_end: false,
      },
    },
  },
  clusters: { model: 'k_means', body: { ...csvRows('wine'), parameters: { n_clusters: 3 } } },
  anomalies: { model: 'isolation_forest', body: { ...csvRows('wine'), parameters: { n_estimators: 20 } } },
  wrapper: { model: 'ml_cart_classifier', body: iris },
  hostile: { model: 'decision_tree_classifier', body: { ...hostileRows(), validation_split: 0.25 } },
  wide: { model: 'linear_regression', body: wide },
  one_class: { model: 'gaussian_naive_bayes', body: oneClass },
  labels: {
    model: 'decision_tree_classifier',
    body: { ...iris, labels: iris.labels.map((label, i) => ({ ...label, parity: i % 2 === 0 })) },
  },
}
