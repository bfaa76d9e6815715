// What the OpenAPI document says of rows, in each form in which they come. Nothing is checked by it.
import { type TSchema, Type } from '@sinclair/typebox'
import { TEXT_ENCODINGS } from './text-encoding.ts'

/**
 * Without a type, which would be a union: generators of clients know a value of any type, but no union without a class.
 */
export const Cell = Type.Unsafe<unknown>({
  not: { anyOf: [{ type: 'object' }, { type: 'array' }] },
  description: 'A number, a string, true, false, or null where the value is missing',
})

export const Row = Type.Record(Type.String(), Cell, {
  title: 'Row',
  description: 'From column names to values. A column that a row lacks is missing there.',
})

export const Rows = Type.Array(Row, { minItems: 1 })

/** What the query may say of how a file of rows is written. */
export const CsvParts = {
  separator: Type.Optional(
    Type.String({
      description: 'between the fields of a CSV: comma, semicolon, tab or pipe. Without it the first rows tell',
    }),
  ),
  decimal: Type.Optional(
    Type.String({ description: 'before the decimals of a CSV: point or comma. Without it the first rows tell' }),
  ),
  quote: Type.Optional(
    Type.String({ description: 'around fields of a CSV: double, single or none. Without it the first rows tell' }),
  ),
  encoding: Type.Optional(
    Type.String({
      description: `of a CSV: ${TEXT_ENCODINGS.join(', ')}. Without it UTF-8, or UTF-16 where the body has its mark; what is neither is read as Windows-1252`,
    }),
  ),
  sheet: Type.Optional(Type.String({ description: 'of an Excel workbook, by its name; without it the first' })),
}

interface Example {
  readonly summary: string
  readonly value: unknown
}

/** The body of a route that takes rows: a JSON object, or rows alone in one of the other forms. */
export function rowsBody(
  json: { readonly schema: TSchema; readonly examples: Readonly<Record<string, Example>> },
  rows: readonly Readonly<Record<string, unknown>>[],
  summary: string,
) {
  const names = Object.keys(rows[0] ?? {})
  const csv = [names, ...rows.map((row) => names.map((name) => row[name]))].map((fields) => `${fields.join()}\n`)
  const ndjson = rows.map((row) => `${JSON.stringify(row)}\n`)
  return {
    'application/json': json,
    'text/csv': {
      schema: Type.String({ description: 'A line of column names, then a line for each row (RFC 4180)' }),
      examples: { iris: { summary, value: csv.join('') } },
    },
    'application/x-ndjson': {
      schema: Type.String({ description: 'A JSON object for each row, each on a line of its own' }),
      examples: { iris: { summary, value: ndjson.join('') } },
    },
    'application/vnd.apache.arrow.stream': {
      schema: Type.String({ format: 'binary', description: 'An Arrow IPC stream' }),
    },
    'application/vnd.apache.arrow.file': {
      schema: Type.String({ format: 'binary', description: 'An Arrow IPC file, as Feather (version 2) is' }),
    },
    'application/vnd.apache.parquet': { schema: Type.String({ format: 'binary', description: 'A Parquet file' }) },
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': {
      schema: Type.String({
        format: 'binary',
        description: 'An Excel workbook (xlsx): rows of one sheet under a row of names',
      }),
    },
  }
}
