// Every estimator and step on every kind of columns that it takes: what is exported and compared.
import { fitCalibrator, scaleOf } from '../../../src/learning/calibration/probability-calibrator.ts'
import type { Estimator, Regressor } from '../../../src/learning/estimator.ts'
import { estimators } from '../../../src/learning/estimators.ts'
import { fitContext } from '../../../src/learning/fit-context.ts'
import { toRowBlock } from '../../../src/learning/matrix.ts'
import { type TargetTransformChoice, TransformedTargetRegressor } from '../../../src/learning/transformed-target.ts'
import type { FittedPipeline } from '../../../src/model/fitted-pipeline.ts'
import { toFrame } from '../../../src/model/frame.ts'
import { Pipeline } from '../../../src/model/pipeline.ts'
import { bin } from '../../../src/model/steps/bin.ts'
import { drop } from '../../../src/model/steps/drop.ts'
import { impute } from '../../../src/model/steps/impute.ts'
import { log1p } from '../../../src/model/steps/log1p.ts'
import { oneHot } from '../../../src/model/steps/one-hot.ts'
import { ordinal } from '../../../src/model/steps/ordinal.ts'
import { polynomial } from '../../../src/model/steps/polynomial.ts'
import { selectImportant } from '../../../src/model/steps/select-important.ts'
import { selectVarying } from '../../../src/model/steps/select-varying.ts'
import { standardize } from '../../../src/model/steps/standardize.ts'
import type { AnyStep } from '../../../src/model/steps/step.ts'
import { targetEncode } from '../../../src/model/steps/target-encode.ts'
import { times } from '../../../src/model/steps/times.ts'
import { asCategorical, type Table } from '../../../src/model/table.ts'
import AutoClassifierModel from '../../../statistical/auto_classifier.ts'
import AutoRegressorModel from '../../../statistical/auto_regressor.ts'
import { type ColumnLetters, type TrainingRows, trainingRows } from './rows.ts'

export interface ExportCase {
  readonly name: string
  /** How far numbers may be from ours, in units in the last place of the larger one; 0: the same bits. */
  readonly ulps: number
  readonly rows: TrainingRows
  /** True where numbers of features reach the trees as they are: then thresholds are asked for. */
  readonly asksThresholds: boolean
  fit(): Promise<FittedPipeline>
}

/** A runtime's power, and what stands for ln(1 + x) and e^x − 1, differ from V8's by a unit or two. */
const OF_POWER = 8

const encoded = [times({ cyclic: true }), targetEncode({ levelsMin: 60 }), oneHot(), impute(), standardize()]
const filled = [times({ unit: true }), oneHot(), impute()]

interface Wanted {
  readonly columns: ColumnLetters
  readonly label?: string
  readonly parameters?: { readonly [name: string]: unknown }
  readonly steps?: readonly AnyStep[]
  readonly ulps?: number
  readonly rowCount?: number
  readonly holes?: boolean
  readonly transform?: TargetTransformChoice
  readonly decide?: 'sigmoid' | 'isotonic' | number
  /** Rows count differently. */
  readonly weighs?: boolean
}

export const exportCases: readonly ExportCase[] = [
  ...['kind', 'yes', 'count'].flatMap((label) => [
    of('decision_tree_classifier', { columns: 'nwcmbt', label, steps: [times()] }),
    of('random_forest_classifier', { columns: 'nwcmb', label, parameters: { n_estimators: 30 } }),
    of('extra_trees_classifier', { columns: 'nwcb', label, parameters: { n_estimators: 30 } }),
    of('gradient_boosting_classifier', { columns: 'nwcmb', label, parameters: { max_iter: 20 } }),
    of('logistic_regression', { columns: 'nwcmbt', label, steps: encoded }),
    of('gaussian_naive_bayes', { columns: 'nwcmb', label, steps: [targetEncode(), oneHot()] }),
    of('categorical_naive_bayes', { columns: 'cmb', label }),
    of('multinomial_naive_bayes', { columns: 'nwcb', label, steps: filled }),
    of('complement_naive_bayes', { columns: 'nwcb', label, steps: filled }),
    of('k_nearest_neighbors_classifier', { columns: 'nwcbt', label, steps: filled }),
  ]),
  of('decision_tree_regressor', { columns: 'nwcmb', label: 'price' }),
  of('decision_tree_regressor', { columns: 'n', label: 'price', parameters: { max_leaf_nodes: 2 } }),
  of('random_forest_regressor', {
    columns: 'nwcmbt',
    label: 'price',
    steps: [times()],
    parameters: { n_estimators: 40 },
  }),
  of('random_forest_regressor', { columns: 'c', label: 'price', holes: false, parameters: { n_estimators: 5 } }),
  of('random_forest_classifier', { columns: 'nm', label: 'kind', rowCount: 900, parameters: { n_estimators: 120 } }),
  of('extra_trees_regressor', { columns: 'nwm', label: 'price', parameters: { n_estimators: 20 } }),
  of('gradient_boosting_regressor', { columns: 'nwcmb', label: 'price', parameters: { max_iter: 30 } }),
  of('gradient_boosting_regressor', {
    ...{ columns: 'nwb', label: 'count' },
    parameters: { loss: 'poisson', max_iter: 20 },
  }),
  of('linear_regression', { columns: 'nwcbt', label: 'price', steps: encoded }),
  of('ridge_regression', { columns: 'nwm', label: 'price', steps: filled }),
  of('lasso_regression', { columns: 'nwcb', label: 'price', steps: encoded }),
  of('k_nearest_neighbors_regressor', { columns: 'nw', label: 'price', steps: filled }),
  ...[1, 2, 3, 6, Number.POSITIVE_INFINITY].map((p) =>
    of('k_nearest_neighbors_regressor', {
      ...{ columns: 'nwcbt', label: 'price', steps: [times({ unit: true }), oneHot(), impute(), standardize()] },
      parameters: Number.isFinite(p) ? { p, weights: 'distance' } : { metric: 'chebyshev', weights: 'distance' },
      ulps: p === 3 || p === 6 ? OF_POWER : 0,
    }),
  ),
  of('k_means', { columns: 'nwcbt', steps: filled, parameters: { n_clusters: 6 } }),
  of('k_means', { columns: 'nw', steps: [impute()], parameters: { n_clusters: 3 } }),
  of('isolation_forest', { columns: 'nwcbt', steps: [times(), oneHot()], ulps: OF_POWER }),
  of('isolation_forest', { columns: 'nw', parameters: { contamination: 0.1, n_estimators: 130 }, ulps: OF_POWER }),
  ...(['log1p', 'sqrt', 'standardize'] as const).map((transform) =>
    of('random_forest_regressor', {
      ...{ columns: 'nwc', label: 'price', transform, ulps: transform === 'log1p' ? OF_POWER : 0 },
      parameters: { n_estimators: 10 },
    }),
  ),
  ...(['sigmoid', 'isotonic', 0.3] as const).flatMap((decide) =>
    ['kind', 'yes']
      .filter((label) => label === 'yes' || typeof decide !== 'number')
      .flatMap((label) => [
        of('gradient_boosting_classifier', {
          ...{ columns: 'nwc', label, decide },
          parameters: { max_iter: 10 },
        }),
        of('random_forest_classifier', {
          ...{ columns: 'nwc', label, decide },
          parameters: { n_estimators: 20 },
        }),
      ]),
  ),
  of('linear_regression', {
    ...{ columns: 'nwcbt', label: 'price', ulps: OF_POWER },
    steps: [times(), drop(['married']), ordinal(), impute({ strategy: 'mean' }), log1p({ columns: ['amount'] })],
  }),
  of('decision_tree_regressor', {
    ...{ columns: 'nwcbt', label: 'price' },
    steps: [
      times({ cyclic: true }),
      selectVarying(),
      ordinal({ order: { city: ['🙂', '', 'a"b', 'Zürich', '東京', 'İstanbul', "Côte d'Ivoire"] } }),
      impute(),
      bin({ columns: ['amount', 'when.days'] }),
      polynomial(),
    ],
  }),
  of('linear_regression', {
    ...{ columns: 'nwm', label: 'price' },
    steps: [
      targetEncode({ levelsMin: 3 }),
      impute(),
      polynomial({ interactionOnly: true }),
      selectImportant(made('lasso_regression')),
    ],
  }),
  of('random_forest_classifier', { columns: 'no', label: 'kind', rowCount: 6_000, parameters: { n_estimators: 5 } }),
  of('gradient_boosting_classifier', {
    ...{ columns: 'no', label: 'kind', rowCount: 1_500 },
    parameters: { max_iter: 5 },
  }),
  of('logistic_regression', {
    ...{ columns: 'nobc', label: 'count', rowCount: 1_500, steps: [oneHot(), impute(), standardize()], ulps: 1_000 },
    parameters: { max_iter: 40 },
  }),
  of('ridge_regression', { columns: 'nom', label: 'price', rowCount: 1_500, steps: [oneHot(), impute()] }),
  of('random_forest_classifier', { columns: 'nxyz', label: 'kind', parameters: { n_estimators: 5 } }),
  of('logistic_regression', { columns: 'nxyz', label: 'yes', steps: [oneHot(), impute()] }),
  of('k_nearest_neighbors_classifier', { columns: 'nw', label: 'kind', steps: filled, rowCount: 3_000, weighs: true }),
  of('gaussian_naive_bayes', { columns: 'nw', label: 'one', steps: [impute()] }),
  of('gradient_boosting_classifier', { columns: 'nw', label: 'one' }),
  of('logistic_regression', { columns: 'nw', label: 'one', steps: [impute()] }),
  of('random_forest_regressor', { columns: 'nw', label: 'vast', parameters: { n_estimators: 7 } }),
  of('decision_tree_regressor', { columns: 'n', label: 'one number' }),
  of('gradient_boosting_regressor', { columns: 'n', label: 'one number' }),
  ofAuto('kind', 0),
  ofAuto('price', OF_POWER),
]

/** A weighted mean of several members, or the best of them. */
function ofAuto(label: 'kind' | 'price', ulps: number): ExportCase {
  const rows = trainingRows('nwcbt')
  return {
    name: `auto nwcbt ${label}`,
    ulps,
    rows,
    asksThresholds: false,
    async fit() {
      const Model = label === 'kind' ? AutoClassifierModel : AutoRegressorModel
      const model = new Model()
      const columns = rows.labels.columns.filter(({ name }) => name === label)
      const pipeline = model.create_pipeline({ time_budget_seconds: null, trials_max: 12, random_state: 1 })
      return pipeline.fit(rows.features, { ...rows.labels, columns }, fitContext())
    },
  }
}

function made(name: string, parameters: { readonly [name: string]: unknown } = {}): Estimator {
  const Class = estimators[name]
  if (Class === undefined) throw new Error(name)
  const seed = 'random_state' in Class.parameters ? { random_state: 3 } : {}
  return new Class({ ...seed, ...parameters })
}

function of(estimator: string, wanted: Wanted): ExportCase {
  const { columns, label, parameters = {}, steps = [], ulps = 0, rowCount, holes, transform, decide, weighs } = wanted
  const rows = trainingRows(columns, { ...(rowCount && { rowCount }), ...(holes === false && { holes }) })
  const labels: Table = { ...rows.labels, columns: rows.labels.columns.filter(({ name }) => name === label) }
  const said = Object.entries({ ...parameters, transform, decide }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  )
  const name = [estimator, columns, label ?? '-', ...steps.map(({ type }) => type), ...said].join(' ')
  return {
    name,
    ulps,
    rows,
    asksThresholds: steps.length === 0,
    async fit() {
      const own = made(estimator, parameters)
      const used = transform === undefined ? own : new TransformedTargetRegressor(own as Regressor, transform)
      const isClassifier = own.kind === 'classifier'
      const target = isClassifier ? { ...labels, columns: labels.columns.map(asCategorical) } : labels
      const fitted = await new Pipeline(steps, used).fit(rows.features, target, {
        ...fitContext(),
        ...(weighs && { sampleWeight: Float64Array.from({ length: target.rowCount }, (_, i) => (i % 5) / 3) }),
      })
      return decide === undefined ? fitted : decided(fitted, rows.features, target, decide)
    },
  }
}

/** The pipeline with a calibration, or a threshold, on its own training rows. */
function decided(
  fitted: FittedPipeline,
  features: Table,
  labels: Table,
  decide: 'sigmoid' | 'isotonic' | number,
): FittedPipeline {
  return fitted.withDecisions(
    fitted.outputs.map((output) => {
      if (typeof decide === 'number') return { ...output, threshold: { positive: 1, probability: decide } }
      if (output.fitted.kind !== 'classifier') throw new Error('only classifiers are calibrated')
      const probabilities = output.fitted.predictProbabilities(toRowBlock(fitted.encode(toFrame(features))))
      const { codes, levels } = asCategorical(labels.columns[0] as Table['columns'][number])
      const known = { probabilities, codes, classCount: levels.length }
      return { ...output, calibration: fitCalibrator(decide, scaleOf(output.fitted), known) }
    }),
  )
}
