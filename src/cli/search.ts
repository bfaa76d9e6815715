// ml-worker search: parameters of a project's next version, searched for by a running worker.
import type { Command, Terminal } from './command.ts'
import { optionalJsonOf, optionalNumberOf, optionalObjectOf, textOf, type Values } from './options.ts'
import { textTable } from './text-table.ts'
import { endOf, type Training } from './version-training.ts'
import { pathOf, WORKER_DETAILS } from './worker-action.ts'
import { WorkerClient } from './worker-client.ts'

interface Search {
  readonly strategy: string
  readonly scoring: string
  readonly lower_is_better: boolean
  readonly trials: readonly {
    readonly trial: number
    readonly rank: number
    readonly state: string
    readonly parameters: Readonly<Record<string, unknown>>
    readonly mean: number | null
    readonly deviation: number | null
    readonly rows: number
  }[]
}

const SHOWN_DEFAULT = 20
const DIGITS = 6

export const searchCommand: Command = {
  usage: '--project P --strategy grid | random | halving [--space JSON] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  Trains the next version of the project with the best parameters that are found, and shows the trials.',
    '',
    '  --project P',
    '  --strategy NAME        grid tries all combinations, random some, halving many on few rows and the best on all',
    '  --space JSON           values by parameter: {"max_depth": [2, 4, null], "max_iter": {"min": 10, "max": 200, "integer": true}}',
    '                         default: that of the model class, where it has one',
    '  --scoring METRIC       what trials are compared by; default accuracy for classes, r2 for numbers',
    '  --folds N              or JSON: {"kind": "grouped", "count": 5, "column": "patient"}; default 5',
    '  --trials N             at the most; default 20 for random, 27 for halving',
    '  --seconds N            no trial begins after so many',
    '  --seed N               draws candidates and folds; default 0',
    '  --no-early-end         judges every trial on all folds',
    '  --description TEXT, --parameters JSON, --dataset-id N   as of version train',
    '  --limit N              trials that are shown; default 20',
    '  --no-wait              do not wait for the end of the training',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    project: { type: 'string' },
    strategy: { type: 'string' },
    space: { type: 'string' },
    scoring: { type: 'string' },
    folds: { type: 'string' },
    trials: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    'no-early-end': { type: 'boolean' },
    description: { type: 'string' },
    parameters: { type: 'string' },
    'dataset-id': { type: 'string' },
    limit: { type: 'string' },
    'no-wait': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  takes: [],
  async run({ values }, terminal) {
    const project = pathOf(textOf(values, 'project'))
    const asked = {
      description: values['description'],
      parameters: optionalObjectOf(values, 'parameters'),
      dataset_id: optionalNumberOf(values, 'dataset-id'),
      search: searchOf(values),
    }
    const limit = optionalNumberOf(values, 'limit') ?? SHOWN_DEFAULT
    const client = new WorkerClient()
    const { body } = await client.send<Training>('POST', `${project}/versions`, asked)
    const { model_run_id: run } = body
    if (values['no-wait'] === true) return show(terminal, values, body, `run ${run} is in training`)
    terminal.err(`run ${run} is in training`)
    const { state, version, reason } = await endOf(client, project, run)
    if (state !== 'succeeded') {
      show(terminal, values, body, `run ${run} failed: ${reason}`)
      return 1
    }
    const search = (await client.get<Search>(`/api/runs/${run}/search`)).body
    return show(terminal, values, search, `run ${run} is version ${version}\n${trialsText(search, limit)}`)
  },
}

function searchOf(values: Values): Record<string, unknown> {
  return {
    strategy: textOf(values, 'strategy'),
    space: optionalObjectOf(values, 'space'),
    scoring: values['scoring'],
    folds: optionalJsonOf(values, 'folds', 'a number or a JSON object'),
    trials: optionalNumberOf(values, 'trials'),
    seconds: optionalJsonOf(values, 'seconds', 'a number'),
    seed: optionalJsonOf(values, 'seed', 'a number'),
    ...(values['no-early-end'] === true ? { early_end: false } : {}),
  }
}

function show(terminal: Terminal, values: Values, answer: unknown, text: string): 0 {
  terminal.out(values['json'] === true ? JSON.stringify(answer, null, 2) : text)
  return 0
}

function trialsText({ trials, scoring, lower_is_better: isLower }: Search, limit: number): string {
  const shown = trials.toSorted((a, b) => a.rank - b.rank).slice(0, limit)
  const names = Object.keys(trials[0]?.parameters ?? {})
  const figure = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(DIGITS))))
  const rows = shown.map(({ rank, trial, parameters, mean, deviation, rows, state }) => [
    ...[String(rank), String(trial), ...names.map((name) => JSON.stringify(parameters[name]))],
    ...[figure(mean), figure(deviation), String(rows), state],
  ])
  const heading = ['rank', 'trial', ...names, scoring, 'deviation', 'rows', 'state']
  const more = shown.length < trials.length ? `\n${trials.length - shown.length} more trials: --limit shows them` : ''
  return `${scoring}, ${isLower ? 'lower' : 'higher'} is better\n${textTable([heading, ...rows])}${more}`
}
