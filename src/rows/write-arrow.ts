// Tables as an Arrow IPC stream, block by block. The package is loaded with the first one.
import type { Data, RecordBatch, RecordBatchStreamWriter, Schema } from 'apache-arrow'
import { turn } from '../learning/fit-context.ts'
import type { CategoricalColumn, Column } from '../model/table.ts'

type Arrow = typeof import('apache-arrow')

/** Some rows of a table. All blocks of a table have the same columns, with the same levels. */
export interface TableBlock {
  readonly rowCount: number
  readonly columns: readonly Column[]
  /** Behind the columns, those that are all text; null is missing. */
  readonly texts?: readonly { readonly name: string; readonly values: readonly (string | null)[] }[]
}

/**
 * Numbers are Float64, times timestamps of UTC in ms, booleans Bool, strings a dictionary of Utf8; levels of several types
 * are the strings of their text. A missing number is NaN, other missing values are null. At least one block. O(cells).
 */
export async function* writeArrow(
  blocks: Iterable<TableBlock> | AsyncIterable<TableBlock>,
): AsyncGenerator<Uint8Array> {
  const arrow = await import('apache-arrow')
  const writer = new arrow.RecordBatchStreamWriter()
  const written = new WrittenParts(writer)
  let writers: DataWriter[] | undefined
  let schema: Schema | undefined
  for await (const { rowCount, columns, texts = [] } of blocks) {
    writers ??= columns.map((column) => dataWriter(arrow, column))
    const children = columns.map((column, j) => (writers as DataWriter[])[j]?.(column) as Data)
    const names = columns.map(({ name }) => name)
    for (const { name, values } of texts) {
      children.push(arrow.vectorFromArray(values, new arrow.Utf8()).data[0] as Data)
      names.push(name)
    }
    schema ??= new arrow.Schema(names.map((name, j) => new arrow.Field(name, (children[j] as Data).type, true)))
    const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: rowCount, nullCount: 0, children })
    writer.write(new arrow.RecordBatch(schema, data) as RecordBatch)
    yield* written.soFar()
  }
  writer.finish()
  yield* written.soFar()
}

/** What a writer has written: it keeps that in a queue, which must be emptied before more is written. */
class WrittenParts {
  private readonly parts: AsyncIterator<Uint8Array>
  private next: Promise<IteratorResult<Uint8Array>>

  constructor(writer: RecordBatchStreamWriter) {
    this.parts = writer[Symbol.asyncIterator]()
    this.next = this.parts.next()
  }

  async *soFar(): AsyncGenerator<Uint8Array> {
    for (;;) {
      // What lies in the queue comes before the next turn of the event loop.
      const result = await Promise.race([this.next, turn()])
      if (result === undefined || result.done === true) return
      yield result.value
      this.next = this.parts.next()
    }
  }
}

/** A block of the column that it was made for. */
type DataWriter = (column: Column) => Data

function dataWriter(arrow: Arrow, column: Column): DataWriter {
  if (column.kind === 'time') return (block) => timesOf(arrow, (block as { values: Float64Array }).values)
  if (column.kind === 'numeric') return (block) => numbersOf(arrow, (block as { values: Float64Array }).values)
  const types = new Set(column.levels.map((level) => typeof level))
  if (types.size === 1 && types.has('number')) {
    return (block) => numbersOf(arrow, Float64Array.from((block as CategoricalColumn).codes, numberAt(column)))
  }
  if (types.size === 1 && types.has('boolean')) return (block) => booleansOf(arrow, block as CategoricalColumn)
  return dictionaryWriter(arrow, column)
}

function numberAt({ levels }: CategoricalColumn): (code: number) => number {
  return (code) => (levels[code] as number | undefined) ?? Number.NaN
}

function numbersOf(arrow: Arrow, values: Float64Array): Data {
  return arrow.makeData({ type: new arrow.Float64(), length: values.length, nullCount: 0, data: values })
}

function timesOf(arrow: Arrow, values: Float64Array): Data {
  const type = new arrow.TimestampMillisecond('UTC')
  const data = BigInt64Array.from(values, (value) => BigInt(Number.isNaN(value) ? 0 : Math.round(value)))
  return arrow.makeData({ type, length: values.length, data, ...validity(values, (value) => !Number.isNaN(value)) })
}

function booleansOf(arrow: Arrow, { codes, levels }: CategoricalColumn): Data {
  const bits = new Uint8Array(Math.ceil(codes.length / 8))
  for (let i = 0; i < codes.length; i++)
    if (levels[codes[i] as number] === true) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
  return arrow.makeData({ type: new arrow.Bool(), length: codes.length, data: bits, ...validity(codes, isPresent) })
}

/** One type and one dictionary for all blocks, so that it is sent once. */
function dictionaryWriter(arrow: Arrow, { levels }: CategoricalColumn): DataWriter {
  const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())
  const dictionary = arrow.vectorFromArray(levels.map(String), new arrow.Utf8())
  return (block) => {
    const { codes } = block as CategoricalColumn
    return arrow.makeData({ type, length: codes.length, data: codes, dictionary, ...validity(codes, isPresent) })
  }
}

const isPresent = (code: number): boolean => code >= 0

/** Which values are there, as Arrow has it: no bitmap where all are. */
function validity(values: Float64Array | Int32Array, isThere: (value: number) => boolean) {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8))
  let nullCount = 0
  for (let i = 0; i < values.length; i++) {
    if (isThere(values[i] as number)) nullBitmap[i >> 3] = (nullBitmap[i >> 3] as number) | (1 << (i & 7))
    else nullCount += 1
  }
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap }
}
