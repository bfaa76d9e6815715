// ml-worker data: what a file of rows holds, as the statistics of a data set say it.
import { describeBody } from '../datasets/describe-body.ts'
import type { ColumnStatistics } from '../datasets/statistics/table-statistics.ts'
import { MemoryBudget } from '../memory/memory-budget.ts'
import type { Command } from './command.ts'
import { DIALECT_DETAILS, DIALECT_OPTIONS, dialectOf } from './csv-options.ts'
import { cannotRead, formOfFile, readDataFile } from './data-file.ts'
import { textTable } from './text-table.ts'

const MEMORY_BYTES_MAX = 2 ** 33

export const dataCommand: Command = {
  usage: 'FILE [--data-format FORM] [--json]',
  details: [
    '  FILE                   rows as .csv, .ndjson, .jsonl, .json or .arrow; - is standard input, CSV unless said otherwise',
    '  --data-format FORM     csv, ndjson, jsonl, json, arrow: where the ending does not tell it',
    ...DIALECT_DETAILS,
    '  --json                 everything as JSON, as GET /api/datasets/{id}/statistics has it',
  ].join('\n'),
  options: { 'data-format': { type: 'string' }, json: { type: 'boolean' }, ...DIALECT_OPTIONS },
  takes: ['FILE'],
  async run({ values, positionals: [name = ''] }, terminal) {
    const given = values['data-format'] as string | undefined
    // A file is read in batches; what comes from standard input is held.
    const form = formOfFile(name, given)
    const source = name === '-' || form === 'json' ? await readDataFile(name, given) : { form, bytes: name }
    const memory = MemoryBudget.of(MEMORY_BYTES_MAX).hold('the rows as a table')
    const shape = { form: source.form, dialect: dialectOf(values, source.form) }
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
