// auto_classifier or auto_regressor on one split of a table, and how good its predictions of the held-out rows are.
import { fitContext } from '../../src/learning/fit-context.ts'
import { logLoss } from '../../src/learning/metrics/log-loss.ts'
import { r2 } from '../../src/learning/metrics/r2.ts'
import { rocAuc } from '../../src/learning/metrics/roc-auc.ts'
import type { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import type { FittedAutoPipeline } from '../../src/model/auto/fitted-auto-pipeline.ts'
import { takeRows } from '../../src/model/table.ts'
import AutoClassifier from '../../statistical/auto_classifier.ts'
import AutoRegressor from '../../statistical/auto_regressor.ts'
import { partsOf, type RealTable, toTables } from '../tables/score-on-table.ts'

/** What a library predicts of the held-out rows: numbers, or a probability for each of its classes. */
export interface Predicted {
  readonly seconds: number
  /** What it chose. */
  readonly estimator: string
  readonly classes?: readonly string[]
  readonly predictions: readonly number[] | readonly (readonly number[])[]
}

const SEED = 0
/** What FLAML goes by too. */
const SCORINGS = { AUC: 'roc_auc', '−log loss': 'log_loss', 'R²': 'r2' } as const

/** What a table is scored by, the larger the better. */
export function metricOf({ task, columns, label }: RealTable): keyof typeof SCORINGS {
  if (task === 'regression') return 'R²'
  return new Set(columns[label]).size === 2 ? 'AUC' : '−log loss'
}

/** Fits within the budget, in seconds, and predicts. parameters: over the defaults. */
export async function fitOurs(
  table: RealTable,
  split: number,
  parameters: { readonly [name: string]: unknown },
  team: ThreadTeam,
): Promise<Predicted> {
  const model = table.task === 'regression' ? new AutoRegressor() : new AutoClassifier()
  const asked = { random_state: SEED, scoring: SCORINGS[metricOf(table)], ...parameters }
  const pipeline = model.create_pipeline({ ...model.get_default_parameters(), ...asked })
  const { features, labels } = toTables(table, pipeline)
  const { kept, test } = partsOf(table.splits[split] as readonly number[], features.rowCount)
  const startedAt = performance.now()
  const fitted = await pipeline.fit(takeRows(features, kept), takeRows(labels, kept), fitContext({ team }))
  const seconds = (performance.now() - startedAt) / 1000
  const { labels: predicted, probabilities } = await fitted.predict(takeRows(features, test), { team })
  const answer = { seconds, estimator: chosenOf(fitted) }
  const [column] = predicted.columns
  if (column?.kind === 'numeric') return { ...answer, predictions: [...column.values] }
  const { levels, values } = probabilities[0] as NonNullable<(typeof probabilities)[0]>
  const predictions = Array.from({ length: test.length }, (_, i) => [
    ...values.subarray(i * levels.length, (i + 1) * levels.length),
  ])
  return { ...answer, classes: levels.map(String), predictions }
}

function chosenOf({ members, search }: FittedAutoPipeline): string {
  const names = members.map(
    ({ candidate, weight }) => `${candidate.estimator} ${candidate.encoding} ${weight.toFixed(2)}`,
  )
  return `${names.join(' + ')} of ${search?.trials.length} trials`
}

/** The area under the curve for two classes, minus the log loss for more, R² for numbers: the larger the better. */
export function scorePredicted(
  { columns, label, task, splits }: RealTable,
  split: number,
  predicted: Predicted,
): number {
  const rows = splits[split] as readonly number[]
  const truth = rows.map((row) => columns[label]?.[row])
  if (task === 'regression') {
    return r2(Float64Array.from(truth as number[]), Float64Array.from(predicted.predictions as readonly number[]))
  }
  const values = columns[label]?.map(String) ?? []
  const classes = [...new Set(values)].sort()
  const places = classes.map((name) => predicted.classes?.indexOf(name) ?? -1)
  const probabilities = Float64Array.from(
    (predicted.predictions as readonly (readonly number[])[]).flatMap((row) => places.map((place) => row[place] ?? 0)),
  )
  const codes = Int32Array.from(truth, (name) => classes.indexOf(String(name)))
  return classes.length === 2 ? rocAuc(codes, probabilities, 2) : -logLoss(codes, probabilities, classes.length)
}
