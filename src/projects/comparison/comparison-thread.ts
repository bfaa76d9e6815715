// The entry of the comparison thread: predicts the same rows with one version after the other, and compares the answers.
import { setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import { holdOut } from '../../intake/hold-out.ts'
import { readTraining, type TrainingHead } from '../../intake/read-training.ts'
import { LOADING_BYTES_PER_BYTE } from '../../memory/loading.ts'
import { holdForTables, MemoryBudget, type MemoryHold, type SharedBudget } from '../../memory/memory-budget.ts'
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import type { Model } from '../../model/model.ts'
import { asCategorical, type Table, takeRows } from '../../model/table.ts'
import { openArtifact } from '../../prediction/open-artifact.ts'
import { predictTable, unseenCountOf } from '../../prediction/predict.ts'
import { predictionBytes } from '../../prediction/prediction-memory.ts'
import { loadModel } from '../../registry/discover.ts'
import { byteLengthOf } from '../../rows/byte-window.ts'
import { answerCalls } from '../../threads/answer-calls.ts'
import {
  type ComparisonCalls,
  type JudgedVersion,
  type JudgeQuestion,
  ROWS_MAX,
  type TrainingRows,
} from './comparison-messages.ts'
import { JudgedAnswers, notComparable } from './judged-answers.ts'
import { judgedModel } from './judged-model.ts'
import { countShared, rowKeys } from './row-keys.ts'

/** Rows that are predicted before the time of a version is taken. */
const WARM_UP_ROWS = 100
/** What a comparison keeps of a version: its predictions, what is made of them, and so many bytes a row. */
const BYTES_PER_PREDICTION_BYTE = 3
const BYTES_PER_ROW = 100

const budget = new MemoryBudget(workerData as SharedBudget, 'comparison')
let answers = new JudgedAnswers()
/** Of all that `answers` holds. */
let held: MemoryHold | undefined

// On Linux this is of the calling thread only: the service goes first.
setPriority(10)

answerCalls<ComparisonCalls>({ judge, compare: () => answers.compare(), drop })

async function judge(question: JudgeQuestion): Promise<JudgedVersion> {
  const { model } = await loadModel(question.module)
  const { judged, pipeline, keys } = await predict(question, model)
  const { training } = question
  const learntCount = training && (await countLearnt(training, pipeline, model, keys))
  return learntCount === undefined ? judged : { ...judged, learntCount }
}

/** keys: of the rows, where the version may have learnt them. */
async function predict(question: JudgeQuestion, model: Model) {
  const { runId, version, artifact, body, areAllRows, training } = question
  const loading = budget.hold(`the pipeline of version ${version}`)
  const tables = holdForTables(budget, byteLengthOf(body))
  try {
    loading.take(LOADING_BYTES_PER_BYTE * artifact.byteLength)
    const { pipeline } = openArtifact(
      runId,
      Buffer.from(artifact.buffer as ArrayBuffer, artifact.byteOffset, artifact.byteLength),
      model,
    )
    if (pipeline.tensors !== undefined) {
      throw notComparable(`version ${version} takes tensors: there are no rows that it could be judged on`)
    }
    const { work } = await readTraining(
      headFor(question, pipeline),
      body,
      async () => judgedModel(model, pipeline),
      tables,
    )
    const rows = areAllRows ? rowsOf(work.features) : holdOut(work, kindOf(pipeline, model))?.validation
    if (rows === undefined) throw notComparable(`version ${version} held no rows out`)
    if (rows.length > ROWS_MAX) {
      throw notComparable(`${rows.length} rows are to be judged; expected at most ${ROWS_MAX}: name a smaller data set`)
    }
    held ??= budget.hold('the predictions of the versions')
    held.take(BYTES_PER_ROW * rows.length + BYTES_PER_PREDICTION_BYTE * predictionBytes(pipeline, rows.length, true))
    // The first rows compile what predicts: that is no time of the version's.
    await predictTable(pipeline, takeRows(work.features, rows.slice(0, WARM_UP_ROWS)), {}, Number.POSITIVE_INFINITY)
    const startedAt = performance.now()
    // The thread is ended where this takes too long.
    const predictions = await predictTable(pipeline, takeRows(work.features, rows), {}, Number.POSITIVE_INFINITY)
    const predictMs = performance.now() - startedAt
    const { splitBy } = work.aside ?? {}
    const isGrouped = splitBy !== undefined && work.run.splitBy?.as === 'group'
    const groups = isGrouped ? asCategorical(splitBy) : undefined
    answers.add({
      version,
      rows,
      labels: takeRows(work.labels, rows),
      groups: groups && { ...groups, codes: rows.map((row) => groups.codes[row] as number) },
      kinds: new Map(pipeline.outputs.map(({ name, fitted }) => [name, fitted.kind])),
      predictions,
    })
    const features = pipeline.featureSchema.map(({ name, kind }) => ({ name, kind }))
    const judged = { features, rowCount: rows.length, predictMs, unseenCount: unseenCountOf(predictions) }
    const keys = training?.isSame === false ? rowKeys([work.features, work.labels], rows) : new Float64Array()
    return { judged, pipeline, keys }
  } finally {
    tables.release()
    loading.release()
  }
}

/** How many of the rows with the keys the version was trained on. */
async function countLearnt(
  { head, body, isSame }: TrainingRows,
  pipeline: FittedPipeline,
  model: Model,
  keys: Float64Array,
): Promise<number | undefined> {
  const tables = holdForTables(budget, byteLengthOf(body))
  try {
    const { work } = await readTraining(
      headFor({ head, areAllRows: false }, pipeline),
      body,
      async () => judgedModel(model, pipeline),
      tables,
    )
    const rows = holdOut(work, kindOf(pipeline, model))?.training ?? rowsOf(work.features)
    return isSame ? rows.length : countShared(keys, rowKeys([work.features, work.labels], rows))
  } finally {
    tables.release()
  }
}

function rowsOf({ rowCount }: Table): Int32Array {
  return Int32Array.from({ length: rowCount }, (_, row) => row)
}

function kindOf({ outputs }: FittedPipeline, model: Model) {
  const [output] = outputs
  return output?.fitted.kind ?? model.create_pipeline(model.get_default_parameters()).estimator.kind
}

/** The rows are read as the training read them, but for columns that the pipeline does not take. */
function headFor(
  { head, areAllRows }: Pick<JudgeQuestion, 'head' | 'areAllRows'>,
  { featureSchema }: FittedPipeline,
): TrainingHead {
  const { dataset, query } = head
  if (dataset === undefined) throw new Error('a comparison is of the rows of a data set')
  const featureNames = featureSchema.map(({ name }) => name)
  const known = featureSchema.flatMap((column): [string, string][] => {
    if (column.kind === 'numeric') return []
    const areTexts = column.kind !== 'categorical' || column.levels.every((level) => typeof level === 'string')
    return areTexts ? [[column.name, column.kind]] : []
  })
  // Other rows may not tell by themselves what their columns are.
  const columnTypes = areAllRows
    ? { ...Object.fromEntries(known), ...(query.columnTypes as object | undefined) }
    : query.columnTypes
  return { ...head, query: { ...query, columnTypes }, dataset: { ...dataset, featureNames } }
}

function drop(): void {
  answers = new JudgedAnswers()
  held?.release()
  held = undefined
}
