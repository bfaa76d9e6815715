// ml-worker data: what a file of rows holds, as the statistics of a data set say it.
import { describeBody } from '../datasets/describe-body.ts'
import type { ColumnStatistics } from '../datasets/statistics/table-statistics.ts'
import { MemoryBudget } from '../memory/memory-budget.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { Arguments, Command } from './command.ts'
import { DIALECT_DETAILS, DIALECT_OPTIONS, dialectOf } from './csv-options.ts'
import { cannotRead, formOfFile } from './data-file.ts'
import { DATASET_DETAILS, DATASET_OPTION, type NamedRows, readNamedRows } from './stored-dataset.ts'
import { textTable } from './text-table.ts'

const MEMORY_BYTES_MAX = 2 ** 33

export const dataCommand: Command = {
  usage: '(FILE | --dataset NAME) [--data-format FORM] [--json]',
  details: [
    '  FILE                   rows as .csv, .ndjson, .json, .arrow, .parquet or .xlsx; - is standard input, CSV unless said',
    '                         otherwise',
    '  --data-format FORM     csv, ndjson, json, arrow, parquet or xlsx: where the ending does not tell it',
    ...DATASET_DETAILS,
    ...DIALECT_DETAILS,
    '  --json                 everything as JSON, as GET /api/datasets/{id}/statistics has it',
  ].join('\n'),
  options: { 'data-format': { type: 'string' }, json: { type: 'boolean' }, ...DATASET_OPTION, ...DIALECT_OPTIONS },
  takes: ['FILE'],
  insteadOf: 'dataset',
  async run({ values, positionals: [name = ''] }, terminal) {
    const source = await sourceOf(name, values)
    const memory = MemoryBudget.of(MEMORY_BYTES_MAX).hold('the rows as a table')
    const shape = { form: source.form, dialect: source.dialect }
    const { statistics, decisions, sha256 } = await describeBody(source.bytes, shape, memory).catch((error) => {
      throw 'syscall' in Object(error) ? cannotRead(name, error) : error
    })
    if (values['json'] === true) {
      terminal.out(JSON.stringify({ sha256, ...statistics, decisions }, undefined, 2))
      return 0
    }
    const { rows, columns, completeness, duplicate_rows: equal, findings, sample_rows: sampled } = statistics
    terminal.out(
      `${rows} rows, ${columns.length} columns, ${(100 * completeness).toFixed(2)} % of the cells have a value, ${equal.count} rows equal an earlier one`,
    )
    if (sampled < rows) terminal.out(`Medians and findings are told from ${sampled} of the rows.`)
    terminal.out('')
    terminal.out(textTable([HEADING, ...columns.map(lineOf)]))
    if (decisions.length + findings.length > 0) terminal.out('\nWhat stands out:')
    for (const { code, column, message } of [...decisions, ...findings]) {
      terminal.out(`  ${column === undefined ? '' : `${JSON.stringify(column)}: `}${message} (${code})`)
    }
    return 0
  },
}

/** A file is read in batches; all else is held. */
async function sourceOf(
  name: string,
  values: Arguments['values'],
): Promise<Omit<NamedRows, 'bytes'> & { readonly bytes: BodyBytes }> {
  const isFile = values['dataset'] === undefined && name !== '-'
  const form = isFile ? formOfFile(name, values['data-format'] as string | undefined) : undefined
  if (form === undefined || form === 'json') return readNamedRows(values, name === '' ? undefined : name)
  return { form, bytes: name, isRequest: false, dialect: dialectOf(values, form), dataset: undefined }
}

const HEADING = ['column', 'kind', 'missing', 'distinct', 'mean', 'std', 'min', 'median', 'max', 'most frequent']

function lineOf({ name, kind, missing, distinct, numbers, top }: ColumnStatistics): string[] {
  const figure = (value: number | undefined): string =>
    value === undefined ? '' : String(Number(value.toPrecision(5)))
  const [first] = top ?? []
  const most = first === undefined ? '' : `${clip(String(first.value))} (${first.count})`
  return [
    clip(name),
    kind,
    String(missing),
    `${distinct.is_exact ? '' : '~'}${distinct.count}`,
    figure(numbers?.mean),
    figure(numbers?.std),
    figure(numbers?.min),
    figure(numbers?.quantiles['0.5']),
    figure(numbers?.max),
    most,
  ]
}

function clip(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39).toWellFormed()}…`
}
