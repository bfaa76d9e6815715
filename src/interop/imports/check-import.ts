// A file that somebody brings, from its bytes to an artifact of ours: read, checked, and held against golden rows. For a thread.
import { createHash } from 'node:crypto'
import { baselineData } from '../../cells/baseline-data.ts'
import { freezeBaseline } from '../../cells/freeze-baseline.ts'
import { invalidRequest, ServiceError } from '../../errors.ts'
import { FitStopped } from '../../learning/errors.ts'
import { StopFlag } from '../../learning/parallel/stop-flag.ts'
import type { MemoryHold } from '../../memory/memory-budget.ts'
import { encodeArtifact } from '../../model/artifact.ts'
import { FaultList, RowsError } from '../../model/faults.ts'
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import type { Model, ModelParameters } from '../../model/model.ts'
import { notMixed, type ReadTable } from '../../model/read-column.ts'
import type { BodyBytes } from '../../rows/byte-window.ts'
import type { CsvDialect } from '../../rows/csv-dialect.ts'
import type { RowsForm } from '../../rows/forms.ts'
import { readBody } from '../../rows/read-body.ts'
import { ModelFileError, OPTION_PLACE } from '../model-file-error.ts'
import { compareGolden, type GoldenComparison } from './compare-golden.ts'
import { type GoldenRows, goldenRows } from './golden-rows.ts'
import { FORMATS_OF_OPTION, type ImportWish, type ModelFormat, toleranceOf } from './import-options.ts'
import { CELLS_FROM_ROWS, type ImportWarning, warningsOf } from './import-warnings.ts'
import { type OpenedModel, openModel } from './open-model.ts'

export interface GoldenBody {
  readonly body: BodyBytes
  readonly form: RowsForm
  readonly dialect: CsvDialect
}

export interface ImportQuestion {
  readonly file: Uint8Array
  readonly format: ModelFormat
  readonly golden: GoldenBody
  readonly wish: ImportWish
}

export interface CheckedImport {
  readonly artifact: Uint8Array<ArrayBuffer>
  /** What the version is made of, as it says it. */
  readonly parameters: ModelParameters
  readonly labels: readonly string[]
  readonly features: readonly string[]
  readonly comparison: GoldenComparison
  readonly warnings: readonly ImportWarning[]
}

export interface CheckSurroundings {
  readonly model: Model
  readonly memory: MemoryHold
  /** Of the prediction of the golden rows. */
  readonly timeoutMs: number
}

/**
 * Throws ServiceError REQUEST_INVALID with every fault of the file, or of the options and the golden rows; GOLDEN_ROWS_DIFFER;
 * IMPORTED_MODEL_FAILED where the model cannot answer them in time; ONNX_OFF; BODY_MALFORMED of the rows. O(bytes + cells).
 */
export async function checkImport(question: ImportQuestion, surroundings: CheckSurroundings): Promise<CheckedImport> {
  const { file, format, golden, wish } = question
  const { model, memory } = surroundings
  refuseOptionsOfOthers(format, wish)
  const opened = await told(() => openModel(file, format, wish, (isText) => readGolden(golden, isText, memory)))
  const { pipeline, table } = opened
  try {
    const rows = namedGolden(table, pipeline)
    await pipeline.prepare()
    const predictions = await predicted(pipeline, rows, surroundings)
    const tolerance = toleranceOf(format, wish.tolerance)
    const comparison = compareGolden(rows.columns, predictions, { tolerance, isFloat32: format !== 'lightgbm' })
    const parameters = parametersOf(question, opened, tolerance)
    const features = pipeline.featureSchema.map(({ name }) => name)
    const hasCells = rows.features.rowCount >= CELLS_FROM_ROWS
    const baseline = hasCells ? baselineOf(pipeline, rows.features) : {}
    return {
      artifact: new Uint8Array(encodeArtifact(model, parameters, pipeline, baseline)),
      parameters,
      labels: predictions.labels.columns.map(({ name }) => name),
      features,
      comparison,
      warnings: warningsOf(rows, { hasCells, schema: pipeline.featureSchema }),
    }
  } finally {
    pipeline.release()
  }
}

/** What the format has no use for would be passed over in silence. */
function refuseOptionsOfOthers(format: ModelFormat, wish: ImportWish): void {
  const faults = new FaultList()
  for (const [option, formats] of Object.entries(FORMATS_OF_OPTION)) {
    if (wish[option as keyof ImportWish] === undefined || formats.includes(format)) continue
    const detail = `it is for ${formats.join(', ')}; the file is ${format}`
    faults.add({ in: 'options', parameter: option, detail })
  }
  if (!faults.isEmpty) throw invalidRequest(faults)
}

/** isText: columns whose cells are texts, whatever they look like. */
async function readGolden(
  { body, form, dialect }: GoldenBody,
  isText: (column: string) => boolean,
  memory: MemoryHold,
): Promise<ReadTable> {
  const { features } = await readBody(body, {
    form,
    dialect,
    members: [],
    isList: true,
    labelNames: [],
    isText,
    memory,
  })
  if ('notRows' in features)
    throw new ServiceError('BODY_MALFORMED', `golden rows: expected a list of rows, got ${features.notRows}`)
  const { table, faults } = features
  const all = inGolden(faults)
  if (faults.isEmpty && table.rowCount === 0) all.add({ in: 'golden', detail: 'expected at least one row, got none' })
  if (!all.isEmpty) throw invalidRequest(all)
  return table
}

function namedGolden(table: ReadTable, pipeline: FittedPipeline): GoldenRows {
  const faults = new FaultList()
  const names = pipeline.featureSchema.map(({ name }) => name)
  const rows = goldenRows(table, pipeline.noPredictions, names, faults)
  const present = new Set(rows.features.columns.map(({ name }) => name))
  const known = new Set(names)
  for (const name of names) {
    if (!present.has(name)) faults.add({ in: 'golden', column: name, detail: 'missing column: the model takes it' })
  }
  for (const name of present) {
    if (known.has(name)) continue
    const detail = 'unexpected column: no feature, and no prediction, is called so'
    faults.add({ in: 'golden', column: name, detail })
  }
  if (!faults.isEmpty) throw invalidRequest(faults)
  return rows
}

async function predicted(pipeline: FittedPipeline, { features }: GoldenRows, { timeoutMs }: CheckSurroundings) {
  const stop = new StopFlag()
  const timer = setTimeout(() => stop.set(), timeoutMs)
  try {
    return await pipeline.predict(features, { stop })
  } catch (error) {
    if (error instanceof RowsError) throw invalidRequest(inGolden(error.faults))
    if (!(error instanceof FitStopped)) throw error
    const detail = `the model had not answered the golden rows after ${timeoutMs / 1000} s (PREDICT_TIMEOUT_SECONDS)`
    throw new ServiceError('IMPORTED_MODEL_FAILED', detail)
  } finally {
    clearTimeout(timer)
  }
}

function inGolden({ listed, count }: FaultList): FaultList {
  const faults = new FaultList()
  faults.addAll({ listed: listed.map((fault) => ({ ...fault, in: 'golden' as const })), count })
  return faults
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    const faults = new FaultList()
    for (const { place, detail } of error.faults) {
      const option = place.startsWith(OPTION_PLACE) ? place.slice(OPTION_PLACE.length) : undefined
      if (option !== undefined) faults.add({ in: 'options', parameter: option, detail })
      else faults.add({ in: 'model', detail, ...(place === '' ? {} : { parameter: place }) })
    }
    throw invalidRequest(faults)
  }
}

function parametersOf({ file, format }: ImportQuestion, { facts }: OpenedModel, tolerance: number): ModelParameters {
  const sha256 = createHash('sha256').update(file).digest('hex')
  return { format, ...facts, sha256, bytes: file.length, tolerance }
}

/** Whether the model has seen golden rows in its training is not known: no answers are counted of them. */
function baselineOf(pipeline: FittedPipeline, { rowCount, columns }: ReadTable) {
  const features = { rowCount, columns: columns.map((column) => notMixed(column)) }
  return { baseline: baselineData(freezeBaseline(pipeline, features, undefined).baseline) }
}
