// A file that somebody brings, from its bytes to an artifact of ours: read, checked, and held against golden rows. For a thread.
import { baselineData } from '../../cells/baseline-data.ts'
import { freezeBaseline } from '../../cells/freeze-baseline.ts'
import { invalidRequest, ServiceError } from '../../errors.ts'
import type { MemoryHold } from '../../memory/memory-budget.ts'
import { encodeArtifact } from '../../model/artifact.ts'
import { FaultList, RowsError } from '../../model/faults.ts'
import type { FittedPipeline } from '../../model/fitted-pipeline.ts'
import { notMixed, type ReadTable } from '../../model/read-column.ts'
import { readBody } from '../../rows/read-body.ts'
import { checkTensorImport } from './check-tensor-import.ts'
import type { CheckedImport, CheckSurroundings, GoldenBody, ImportQuestion } from './checked-import.ts'
import { compareGolden } from './compare-golden.ts'
import { type GoldenRows, goldenRows } from './golden-rows.ts'
import { holdsTensors } from './golden-tensors.ts'
import { toleranceOf } from './import-options.ts'
import { parametersOf, tellFileFaults, withinTime } from './import-steps.ts'
import { CELLS_FROM_ROWS, warningsOf } from './import-warnings.ts'
import { openModel } from './open-model.ts'
import { addOptionFaults } from './option-faults.ts'

/**
 * Throws ServiceError REQUEST_INVALID with every fault of the file, or of the options and the golden rows; GOLDEN_ROWS_DIFFER;
 * IMPORTED_MODEL_FAILED where the model cannot answer them in time; ONNX_OFF; BODY_MALFORMED of the rows. O(bytes + cells).
 */
export async function checkImport(question: ImportQuestion, surroundings: CheckSurroundings): Promise<CheckedImport> {
  const { file, format, golden, wish } = question
  const { model, memory } = surroundings
  const isOfTensors = holdsTensors(golden)
  const faults = new FaultList()
  addOptionFaults(wish, { format, isOfTensors }, faults)
  if (!faults.isEmpty) throw invalidRequest(faults)
  if (isOfTensors) return checkTensorImport(question, surroundings)
  const opened = await tellFileFaults(() =>
    openModel(file, format, wish, (isText) => readGolden(golden, isText, memory)),
  )
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

function predicted(pipeline: FittedPipeline, { features }: GoldenRows, { timeoutMs }: CheckSurroundings) {
  return withinTime(timeoutMs, async (stop) => {
    try {
      return await pipeline.predict(features, { stop })
    } catch (error) {
      if (error instanceof RowsError) throw invalidRequest(inGolden(error.faults))
      throw error
    }
  })
}

function inGolden({ listed, count }: FaultList): FaultList {
  const faults = new FaultList()
  faults.addAll({ listed: listed.map((fault) => ({ ...fault, in: 'golden' as const })), count })
  return faults
}

/** Whether the model has seen golden rows in its training is not known: no answers are counted of them. */
function baselineOf(pipeline: FittedPipeline, { rowCount, columns }: ReadTable) {
  const features = { rowCount, columns: columns.map((column) => notMixed(column)) }
  return { baseline: baselineData(freezeBaseline(pipeline, features, undefined).baseline) }
}
