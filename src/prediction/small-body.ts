// Small JSON bodies of rows, which may be read on the thread of the service: their rows, and all that is wrong with them.
import { addRefusedFaults } from '../errors.ts'
import { holdForTables, type MemoryBudget } from '../memory/memory-budget.ts'
import type { ExtraColumns } from '../model/extra-columns.ts'
import type { FaultList } from '../model/faults.ts'
import type { ReadTable } from '../model/read-column.ts'
import type { ColumnSchema } from '../model/schema.ts'
import { smallBytesOf } from '../rows/body-file.ts'
import { addColumnFaults, type FeatureReading, readPredictionFeatures } from './predict.ts'
import type { PredictionRequest } from './prediction-request.ts'

/** The body where it may be read on this thread at all. */
export function smallJsonOf({ body, form, answerForm }: PredictionRequest): Uint8Array | undefined {
  return form === 'json' && answerForm === 'json' ? smallBytesOf(body) : undefined
}

/** Throws ServiceError BODY_MALFORMED, or REQUEST_INVALID with every fault. */
export async function readSmallBody(
  body: Uint8Array,
  budget: MemoryBudget,
  reading: Pick<FeatureReading, 'schema' | 'keyColumn' | 'extraColumns'> = {},
): Promise<ReadTable> {
  const memory = holdForTables(budget, body.length)
  try {
    return await readPredictionFeatures(body, 'json', { ...reading, memory })
  } finally {
    memory.release()
  }
}

/** What rows that are refused anyway are held to. */
interface RowsHolder {
  readonly budget: MemoryBudget
  readonly extraColumns: ExtraColumns
  /** Of the pipeline; undefined where it is not known. */
  readonly schemaOf: () => Promise<readonly ColumnSchema[] | undefined>
}

/** Adds what is wrong with the members and rows of a body, and with its columns and values. Throws ServiceError BODY_MALFORMED. */
export async function addRowFaults(
  body: Uint8Array,
  { budget, extraColumns, schemaOf }: RowsHolder,
  faults: FaultList,
): Promise<void> {
  await addRefusedFaults(
    readSmallBody(body, budget).then(async (features) => {
      const schema = await schemaOf()
      if (schema !== undefined) addColumnFaults(features, { schema, extraColumns }, faults)
    }),
    faults,
  )
}
