// ml-worker outcomes: tells a running worker what was true of predictions.
import { ROWS_MEDIA_TYPES, type RowsForm } from '../rows/forms.ts'
import type { Command } from './command.ts'
import { readDataFile } from './data-file.ts'
import { textOf } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, pathOf, runAction, WORKER_DETAILS } from './worker-action.ts'

interface Taken {
  readonly received: number
  readonly waiting: number
  readonly set_aside: readonly { readonly row: number; readonly prediction_id?: string; readonly kind: string }[]
  readonly [kind: string]: unknown
}

const ACTIONS = 'send'

export const outcomesCommand: Command = {
  usage: 'send --project P --data FILE [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  send       says what was true of predictions: all rows of the file are taken, or none',
    '',
    '  --project P',
    '  --data FILE            rows with prediction_id or key, outcome and perhaps time, as .csv, .ndjson, .json (a list of objects),',
    '                         .arrow, .parquet or .xlsx; - is standard input; 100,000 at the most',
    '  --data-format FORMAT   the form where the name does not tell it',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    project: { type: 'string' },
    data: { type: 'string' },
    'data-format': { type: 'string' },
    json: { type: 'boolean' },
  },
  takes: [ACTIONS],
  run: (given, terminal) => runAction(ACTIONS, { send }, given, terminal),
}

const send: Action = async (values, client) => {
  const { form, bytes } = await readDataFile(
    values['data'] as string | undefined,
    values['data-format'] as string | undefined,
  )
  const path = `${pathOf(textOf(values, 'project'))}/outcomes`
  const { body } = await client.sendBytes<Taken>(path, new Uint8Array(bytes), mediaTypeOf(form))
  const { set_aside: aside, ...counts } = body
  const lines = [
    textTable(
      Object.entries(counts).map(([kind, count]) => [kind, String(count)]),
      false,
    ),
  ]
  for (const { row, prediction_id: id, kind } of aside) {
    lines.push(`row ${row}${id === undefined ? '' : `, ${id}`}: ${kind}`)
  }
  return { answer: body, text: lines.join('\n') }
}

function mediaTypeOf(form: RowsForm): string {
  const types = Object.entries(ROWS_MEDIA_TYPES) as [string, RowsForm][]
  return (types.find(([, of]) => of === form) as [string, RowsForm])[0]
}
