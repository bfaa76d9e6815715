// The answer of a prediction as an Arrow IPC stream. The package is loaded with the first one.
import type { Data, RecordBatch } from 'apache-arrow'
import type { CategoricalColumn, Column, Level } from '../model/table.ts'

type Arrow = typeof import('apache-arrow')

const BATCH_ROWS = 65_536

/**
 * Numbers are Float64, booleans Bool, strings a dictionary of Utf8; levels of several types are the strings of their
 * text. A missing number is NaN. O(cells).
 */
export async function* answerArrow(columns: readonly Column[], rowCount: number): AsyncGenerator<Uint8Array> {
  const arrow = await import('apache-arrow')
  const writers = columns.map((column) => dataWriter(arrow, column))
  const schema = new arrow.Schema(
    columns.map(({ name }, j) => new arrow.Field(name, (writers[j] as DataWriter)(0, 0).type, true)),
  )
  const writer = new arrow.RecordBatchStreamWriter()
  for (let start = 0; start < Math.max(rowCount, 1); start += BATCH_ROWS) {
    const end = Math.min(start + BATCH_ROWS, rowCount)
    const children = writers.map((write) => write(start, end))
    const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: end - start, nullCount: 0, children })
    writer.write(new arrow.RecordBatch(schema, data) as RecordBatch)
  }
  writer.finish()
  yield* writer
}

/** The rows [start, end) of a column. */
type DataWriter = (start: number, end: number) => Data

function dataWriter(arrow: Arrow, column: Column): DataWriter {
  if (column.kind === 'numeric') return numberWriter(arrow, (row) => column.values[row] as number)
  const types = new Set(column.levels.map((level) => typeof level))
  const levelAt = (row: number): Level => column.levels[column.codes[row] as number] as Level
  if (types.size === 1 && types.has('number')) return numberWriter(arrow, (row) => levelAt(row) as number)
  if (types.size === 1 && types.has('boolean')) {
    return (start, end) => {
      const bits = new Uint8Array(Math.ceil((end - start) / 8))
      for (let i = 0; i < end - start; i++)
        if (levelAt(start + i) === true) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7))
      return arrow.makeData({ type: new arrow.Bool(), length: end - start, nullCount: 0, data: bits })
    }
  }
  return dictionaryWriter(arrow, column)
}

function numberWriter(arrow: Arrow, valueAt: (row: number) => number): DataWriter {
  return (start, end) => {
    const data = Float64Array.from({ length: end - start }, (_, i) => valueAt(start + i))
    return arrow.makeData({ type: new arrow.Float64(), length: data.length, nullCount: 0, data })
  }
}

function dictionaryWriter(arrow: Arrow, { codes, levels }: CategoricalColumn): DataWriter {
  const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())
  const dictionary = arrow.vectorFromArray(levels.map(String), new arrow.Utf8())
  return (start, end) =>
    arrow.makeData({ type, length: end - start, nullCount: 0, data: codes.slice(start, end), dictionary })
}
