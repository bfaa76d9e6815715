// ml-worker explain: why a running worker predicts the rows of a file as it does.
import { ROWS_MEDIA_TYPES } from '../rows/forms.ts'
import { type Command, CommandError, UsageError } from './command.ts'
import {
  DIALECT_DETAILS,
  DIALECT_OPTIONS,
  dialectPartsOf,
  EXTRA_COLUMNS_DETAILS,
  extraColumnsOf,
} from './csv-options.ts'
import { readDataFile } from './data-file.ts'
import { numberOf, textOf, type Values } from './options.ts'
import { textTable } from './text-table.ts'
import { pathOf, WORKER_DETAILS } from './worker-action.ts'
import { WorkerClient } from './worker-client.ts'

interface Explanation {
  /** Absent of a number. */
  readonly class?: string
  readonly base: number
  readonly contributions: Readonly<Record<string, number>>
}

interface ExplainedRows {
  readonly predictions: readonly Readonly<Record<string, unknown>>[]
  readonly explanations: readonly Readonly<Record<string, readonly Explanation[]>>[]
  readonly explanation_of: Readonly<Record<string, { readonly what: string; readonly link: string }>>
}

export const explainCommand: Command = {
  usage: '(--run ID | --project P --version N) --data rows.csv [--class NAME] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  --run ID               the run that predicts; or --project P with --version N',
    '  --data FILE            rows as .csv, .ndjson, .json (a list of objects), .arrow, .parquet or .xlsx; - is standard input',
    '  --data-format FORMAT   the form where the name does not tell it: csv, ndjson, json, arrow, parquet or xlsx',
    ...EXTRA_COLUMNS_DETAILS,
    ...DIALECT_DETAILS,
    '  --class NAME           the class that is explained; default: of each row the one that is predicted',
    '  --json                 the answer of the worker as it is',
    '',
    'Each line is a row and a label: base and what each feature contributes add up to what stands under "total".',
  ].join('\n'),
  options: {
    run: { type: 'string' },
    project: { type: 'string' },
    version: { type: 'string' },
    data: { type: 'string' },
    'data-format': { type: 'string' },
    'extra-columns': { type: 'string' },
    ...DIALECT_OPTIONS,
    class: { type: 'string' },
    json: { type: 'boolean' },
  },
  takes: [],
  async run({ values }, terminal) {
    const extraColumns = extraColumnsOf(values)
    const className = values['class'] as string | undefined
    const data = await readDataFile(values['data'] as string | undefined, values['data-format'] as string | undefined)
    const client = new WorkerClient()
    const query = Object.entries({
      ...{ model_run_id: await runOf(values, client), explain: true, explain_class: className },
      ...{ extra_columns: extraColumns, ...dialectPartsOf(values) },
    }).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]))
    const [mediaType] = Object.entries(ROWS_MEDIA_TYPES).find(([, form]) => form === data.form) as [string, string]
    const path = `/api/predict?${new URLSearchParams(query)}`
    const { body } = await client.sendBytes<ExplainedRows>(path, new Uint8Array(data.bytes), mediaType)
    terminal.out(values['json'] === true ? JSON.stringify(body, null, 2) : tableOf(body, className))
    return 0
  },
}

/** Throws UsageError, and CommandError where the project has no such version. */
async function runOf(values: Values, client: WorkerClient): Promise<number> {
  if ((values['run'] === undefined) === (values['project'] === undefined)) {
    throw new UsageError('expected --run ID, or --project P with --version N')
  }
  if (values['run'] !== undefined) return numberOf(values, 'run')
  const path = `${pathOf(textOf(values, 'project'))}/versions/${numberOf(values, 'version')}`
  const { body } = await client.get<{ readonly model_run_id?: number }>(path)
  if (body.model_run_id === undefined) throw new CommandError('the version has no run')
  return body.model_run_id
}

function tableOf({ predictions, explanations, explanation_of: of }: ExplainedRows, className?: string): string {
  const lines = explanations.flatMap((row, i) =>
    Object.entries(row).flatMap(([label, explained]): string[][] => {
      const wanted = className ?? String(predictions[i]?.[label])
      const one = explained.find(({ class: ofClass = wanted }) => ofClass === wanted)
      if (one === undefined) return []
      const values = Object.values(one.contributions)
      const numbers = [one.base, ...values, values.reduce((sum, value) => sum + value, one.base)]
      const named = one.class === undefined ? label : `${label} = ${one.class}`
      return [[String(i), `${named} (${of[label]?.what})`, ...numbers.map(shownNumber)]]
    }),
  )
  if (lines.length === 0) return 'there is nothing to show'
  const [first] = Object.values(explanations[0] ?? {})
  const features = Object.keys(first?.[0]?.contributions ?? {})
  return textTable([['row', 'explained', 'base', ...features, 'total'], ...lines])
}

function shownNumber(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(4)))
}
