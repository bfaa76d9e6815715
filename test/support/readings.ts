// Trainings and predictions from bytes to answers, by the code of the service, without its database.

import { ServiceError } from '../../src/errors.ts'
import { readTraining } from '../../src/intake/read-training.ts'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import type { Warning } from '../../src/learning/warnings.ts'
import { decodeArtifact } from '../../src/model/artifact.ts'
import { FaultList } from '../../src/model/faults.ts'
import type { FittedPipeline, Predictions } from '../../src/model/fitted-pipeline.ts'
import { toRows } from '../../src/model/table.ts'
import { LocalPipeline } from '../../src/prediction/local-pipeline.ts'
import { parseRows } from '../../src/prediction/parse-rows.ts'
import { predictTable, readPredictionFeatures } from '../../src/prediction/predict.ts'
import type { CsvDialect } from '../../src/rows/csv-dialect.ts'
import type { RowsForm } from '../../src/rows/forms.ts'
import { type GivenRowsQuery, readRowsQuery } from '../../src/rows/rows-query.ts'
import type { TrainingWork } from '../../src/spool/spool-file.ts'
import { train } from '../../src/trainer/train.ts'
import DecisionTreeClassifier from '../../statistical/decision_tree_classifier.ts'
import DecisionTreeRegressor from '../../statistical/decision_tree_regressor.ts'
import IsolationForest from '../../statistical/isolation_forest.ts'

const models = {
  classifier: new DecisionTreeClassifier(),
  regressor: new DecisionTreeRegressor(),
  anomalies: new IsolationForest(),
}
export type ModelKind = keyof typeof models

/** What a request to train is read as. Throws ServiceError with its faults. */
export async function readWork(
  kind: ModelKind,
  form: RowsForm,
  body: string | Uint8Array | object,
  query: GivenRowsQuery = {},
): Promise<TrainingWork> {
  const faults = new FaultList()
  const head = { modelName: models[kind].name, runId: 1, form, query: readRowsQuery(query, form, faults), faults }
  const isBytes = typeof body === 'string' || body instanceof Uint8Array
  const bytes = Buffer.from(isBytes ? body : JSON.stringify(body))
  return (await readTraining(head, bytes, async () => models[kind])).work
}

/** The faults with which it is refused, each as one line; none when it is taken. */
export async function refusals(...request: Parameters<typeof readWork>): Promise<string[]> {
  try {
    await readWork(...request)
    return []
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.faults.length === 0) return [error.message]
    return error.faults.map((fault) =>
      [fault.in, fault.row, fault.column, fault.detail].filter((x) => x !== undefined).join(' '),
    )
  }
}

/** The codes of what is told of its rows, with the columns that they are about. */
export const toldOf = ({ run }: TrainingWork): string[] =>
  (run.warnings ?? []).map(({ code, column }) => (column === undefined ? code : `${code} ${column}`))

/** The pipeline as it comes back out of its artifact. */
export async function fitted(kind: ModelKind, work: TrainingWork): Promise<FittedPipeline> {
  const team = new ThreadTeam(1)
  try {
    const { artifact } = await train(models[kind], work, { team, tell: () => {} })
    const again = await train(models[kind], work, { team, tell: () => {} })
    if (!artifact.equals(again.artifact)) throw new Error('the same work gave other bytes')
    return decodeArtifact(artifact, models[kind])
  } finally {
    await team.close()
  }
}

/** Predictions of rows in a form, with what is told of them. */
export async function predicted(
  pipeline: FittedPipeline,
  form: RowsForm,
  body: string | Uint8Array,
  dialect?: CsvDialect,
): Promise<{ rows: unknown[]; told: string[] }> {
  const features = await readPredictionFeatures(Buffer.from(body), form, { schema: pipeline.featureSchema, dialect })
  return said(await predictTable(pipeline, features, {}, Number.POSITIVE_INFINITY))
}

/** What is told of a file of rows that are to be predicted. */
export async function heardOf(body: string): Promise<string[]> {
  const heard: string[] = []
  const warn = ({ code, column }: Warning) => heard.push(column === undefined ? code : `${code} ${column}`)
  await readPredictionFeatures(Buffer.from(body), 'csv', { warn })
  return heard
}

/** The same of a few JSON rows as the service's own thread predicts them: the short way, or the long one behind it. */
export async function predictedHere(pipeline: FittedPipeline, rows: readonly object[]) {
  const body = Buffer.from(JSON.stringify({ features: rows }))
  const short = new LocalPipeline(pipeline).predictRows(parseRows(body) as readonly unknown[])?.predictions
  const long = await predictTable(pipeline, await readPredictionFeatures(body, 'json'), {}, Number.POSITIVE_INFINITY)
  if (short !== undefined && JSON.stringify(said(short)) !== JSON.stringify(said(long))) {
    throw new Error('the short way says another thing')
  }
  return { ...said(long), isShort: short !== undefined }
}

function said({ labels, unseen, marks }: Predictions): { rows: unknown[]; told: string[] } {
  const told = [
    ...unseen.map(({ column, rowCount }) => `UNSEEN_CATEGORY ${column} ${rowCount}`),
    ...marks.map(({ column, rowCount }) => `MISSING_MARKS ${column} ${rowCount}`),
  ]
  return { rows: toRows(labels), told }
}
