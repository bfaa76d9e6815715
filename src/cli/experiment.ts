// ml-worker experiment: the experiments of a project of a running worker.
import { type Command, UsageError } from './command.ts'
import { armsOf, nameOfExperiment, type Results, resultsText } from './experiment-words.ts'
import { numberOf, optionalNumberOf, optionalObjectOf, textOf, type Values } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, membersOf, pathOf, runAction, WORKER_DETAILS } from './worker-action.ts'

export interface Experiment {
  readonly id: number
  readonly name: string
  readonly environment: string
  readonly state: string
  readonly is_paused: boolean
  readonly mode: string
  readonly arms: readonly { readonly name: string; readonly version: number; readonly share: number }[]
  readonly started_at?: string
  readonly assigns_until?: string
  readonly outcome?: string
  readonly winner?: string
  readonly finding?: string
  readonly promoted_as?: number
  readonly expectation?: {
    readonly rows_per_day: number
    readonly metric: string
    readonly smallest_effect?: number
    readonly days_to_min_sample?: number
  }
}

const ACTIONS = 'list, show, create, start, pause, resume, stop, promote or results'
const MORE = '\nThere are more: --limit takes up to 200'

export const experimentCommand: Command = {
  usage: 'list | show | create | start | pause | resume | stop | promote | results --project P [--id N] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  list       experiments of the project, the newest first: --state, --environment, --limit N',
    '  show       one of them, and what it can find while it is not concluded',
    '  create     a draft, of --name and two --arm or more; what is not said is as docs/experiments.md tells',
    '  start      requests with an experiment_key take part',
    '  pause      the control answers everybody, until resume',
    '  stop       concludes it without a decision, or gives up a draft: --reason TEXT',
    '  promote    has the winner deployed; another arm with --arm NAME and --note TEXT',
    '  results    what the newest look found, or the one that decided',
    '',
    '  --project P            the name of the project, or its id',
    '  --id N                 the experiment, as list shows it',
    '  --name NAME            of create: unique in the project',
    '  --arm NAME=V:SHARE     of create: version V answers this share of the keys; the first is the control. b=2:0.5',
    '  --environment E        of create: whose requests it takes. Default: production',
    '  --mode M               of create: split (default), shadow or split+shadow',
    '  --metric NAME          of create: the first one decides; may be repeated',
    '  --settings JSON        of create: other members, such as {"min_sample_size": 500, "max_duration_days": 7}',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    project: { type: 'string' },
    id: { type: 'string' },
    name: { type: 'string' },
    arm: { type: 'string', multiple: true },
    environment: { type: 'string' },
    mode: { type: 'string' },
    metric: { type: 'string', multiple: true },
    settings: { type: 'string' },
    description: { type: 'string' },
    state: { type: 'string' },
    limit: { type: 'string' },
    reason: { type: 'string' },
    note: { type: 'string' },
    json: { type: 'boolean' },
  },
  takes: [ACTIONS],
  run: (given, terminal) => {
    const moves = { start: moving('start'), pause: moving('pause'), resume: moving('resume') }
    return runAction(ACTIONS, { list, show, create, ...moves, stop, promote, results }, given, terminal)
  },
}

const list: Action = async (values, client) => {
  const { state, environment } = values
  const query = { state, environment, limit: optionalNumberOf(values, 'limit') }
  const { body } = await client.get<{ experiments: readonly Experiment[]; next?: number }>(pathOfAll(values), query)
  const heads = ['id', 'name', 'environment', 'mode', 'state', 'arms', 'outcome', 'until']
  const rows = body.experiments.map(lineOf)
  if (rows.length === 0) return { answer: body, text: 'there are no experiments' }
  return { answer: body, text: textTable([heads, ...rows], false) + (body.next === undefined ? '' : MORE) }
}

const show: Action = async (values, client) => {
  const { body } = await client.get<Experiment>(pathOfOne(values))
  return { answer: body, text: membersOf(body) }
}

const create: Action = async (values, client) => {
  const { body } = await client.send<Experiment>('POST', pathOfAll(values), {
    ...optionalObjectOf(values, 'settings'),
    name: textOf(values, 'name'),
    description: values['description'],
    environment: values['environment'],
    mode: values['mode'],
    arms: armsOf((values['arm'] ?? []) as readonly string[]),
    success_metrics: values['metric'],
  })
  return { answer: body, text: `${nameOfExperiment(body)} is drafted${expectedOf(body)}` }
}

const stop: Action = async (values, client) => {
  const body = { reason: textOf(values, 'reason') }
  const { body: after } = await client.send<Experiment>('POST', `${pathOfOne(values)}/stop`, body)
  return { answer: after, text: `${nameOfExperiment(after)} is ${after.state}: ${after.finding}` }
}

const promote: Action = async (values, client) => {
  const [arm, ...others] = (values['arm'] ?? []) as string[]
  if (others.length > 0) throw new UsageError('--arm: promote takes one')
  const { body } = await client.send<Experiment>('POST', `${pathOfOne(values)}/promote`, { arm, note: values['note'] })
  return { answer: body, text: `${nameOfExperiment(body)} is promoted as deployment ${body.promoted_as}` }
}

const results: Action = async (values, client) => {
  const { body } = await client.get<Results>(`${pathOfOne(values)}/results`)
  return { answer: body, text: resultsText(body) }
}

function moving(action: string): Action {
  return async (values, client) => {
    const { body } = await client.send<Experiment>('POST', `${pathOfOne(values)}/${action}`, {})
    return { answer: body, text: `${nameOfExperiment(body)} is ${body.state}${body.is_paused ? ', and paused' : ''}` }
  }
}

function pathOfAll(values: Values): string {
  return `${pathOf(textOf(values, 'project'))}/experiments`
}

function pathOfOne(values: Values): string {
  return `${pathOfAll(values)}/${numberOf(values, 'id')}`
}

function lineOf(experiment: Experiment): string[] {
  const { id, name, environment, mode, state, is_paused: isPaused, arms, outcome = '', winner, ...rest } = experiment
  const words = arms.map((arm) => `${arm.name}=${arm.version}:${arm.share}`).join(' ')
  const won = winner === undefined ? outcome : `${outcome}: ${winner}`
  return [String(id), name, environment, mode, isPaused ? 'paused' : state, words, won, rest.assigns_until ?? '']
}

/** What a draft can find, where that is known. */
function expectedOf({ expectation }: Experiment): string {
  if (expectation === undefined || expectation.days_to_min_sample === undefined) return ''
  const { metric, smallest_effect: effect, days_to_min_sample: days } = expectation
  const found =
    effect === undefined ? '' : `; a difference of ${Number(effect.toPrecision(2))} in ${metric} can be found`
  return `: ${Number(days.toPrecision(2))} days to the least sample${found}`
}
