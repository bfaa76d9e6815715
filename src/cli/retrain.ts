// ml-worker retrain: the retrainings of a project of a running worker.
import type { Command } from './command.ts'
import { numberOf, optionalFractionOf, optionalNumberOf, textOf, type Values } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, membersOf, pathOf, runAction, WORKER_DETAILS } from './worker-action.ts'

interface Retraining {
  readonly id: number
  readonly environment: string
  readonly cause: string
  readonly state: string
  readonly outcome?: string
  readonly finding?: string
  readonly challenger?: number
  readonly champion?: number
  readonly requested_at: string
  readonly requested_by: string
}

const ACTIONS = 'start, list, show or dismiss'
const MORE = '\nThere are more: --limit takes up to 200'

export const retrainCommand: Command = {
  usage: 'start | list | show | dismiss --project P [--id N] [--data log] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  start      trains a challenger, or accepts the retraining that is suggested; with --wait until it ends or waits for a review',
    '  list       retrainings of the project, the newest first: --limit N',
    '  show       one of them, with what its challenger came to',
    '  dismiss    gives up one that is suggested, or whose challenger waits for its review: --note TEXT',
    '',
    '  --project P            the name of the project, or its id',
    '  --id N                 the retraining, as list shows it',
    '  --dataset-id N         of start: the data set that the challenger learns from',
    '  --data log             of start: it learns from logged predictions with outcomes; dataset: from the newest data set',
    '  --log-days N           of the log: the last so many days',
    '  --log-since-last       of the log: no predictions that the last retraining has taken',
    '  --log-rows-min N       of the log: with fewer rows nothing is trained',
    '  --log-held-back SHARE  of the log: this share of the rows, the newest ones, judges; 0.05 to 0.5',
    '  --environment E        of start: where the champion answers',
    '  --note TEXT            for whoever looks later',
    '  --json                 the answer of the worker as it is',
    '',
    '  What start does not say is as the policy of the project has it.',
  ].join('\n'),
  options: {
    project: { type: 'string' },
    id: { type: 'string' },
    'dataset-id': { type: 'string' },
    data: { type: 'string' },
    'log-days': { type: 'string' },
    'log-since-last': { type: 'boolean' },
    'log-rows-min': { type: 'string' },
    'log-held-back': { type: 'string' },
    environment: { type: 'string' },
    note: { type: 'string' },
    limit: { type: 'string' },
    wait: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  takes: [ACTIONS],
  run: (given, terminal) => runAction(ACTIONS, { start, list, show, dismiss }, given, terminal),
}

const start: Action = async (values, client) => {
  const { data, environment, note } = values
  const { body } = await client.send<Retraining>('POST', pathOfAll(values), {
    ...{ data, environment, note },
    dataset_id: optionalNumberOf(values, 'dataset-id'),
    log_days: optionalNumberOf(values, 'log-days'),
    log_since_last: values['log-since-last'],
    log_rows_min: optionalNumberOf(values, 'log-rows-min'),
    log_held_back: optionalFractionOf(values, 'log-held-back'),
  })
  if (values['wait'] !== true) return { answer: body, text: sentenceOf(body) }
  const path = `${pathOfAll(values)}/${body.id}`
  const after = await client.until<Retraining>(path, ({ state }) => state === 'reviewing' || state === 'ended')
  const isBad = after.outcome === 'failed' || after.outcome === 'insufficient_data'
  return { answer: after, text: sentenceOf(after), ...(isBad ? { code: 1 } : {}) }
}

const list: Action = async (values, client) => {
  const query = { limit: optionalNumberOf(values, 'limit') }
  const { body } = await client.get<{ retrainings: readonly Retraining[]; next?: number }>(pathOfAll(values), query)
  if (body.retrainings.length === 0) return { answer: body, text: 'there are no retrainings' }
  const heads = ['id', 'environment', 'cause', 'state', 'champion', 'challenger', 'requested', 'by']
  const rows = body.retrainings.map(({ id, environment, cause, state, outcome, champion, challenger, ...asked }) => {
    const versions = [champion, challenger].map((version) => (version === undefined ? '' : String(version)))
    return [String(id), environment, cause, outcome ?? state, ...versions, asked.requested_at, asked.requested_by]
  })
  return { answer: body, text: textTable([heads, ...rows], false) + (body.next === undefined ? '' : MORE) }
}

const show: Action = async (values, client) => {
  const { body } = await client.get<Retraining>(pathOfOne(values))
  return { answer: body, text: membersOf(body) }
}

const dismiss: Action = async (values, client) => {
  const { body } = await client.send<Retraining>('POST', `${pathOfOne(values)}/dismiss`, { note: values['note'] })
  return { answer: body, text: sentenceOf(body) }
}

function pathOfAll(values: Values): string {
  return `${pathOf(textOf(values, 'project'))}/retrainings`
}

function pathOfOne(values: Values): string {
  return `${pathOfAll(values)}/${numberOf(values, 'id')}`
}

function sentenceOf({ id, state, outcome, finding }: Retraining): string {
  return `retraining ${id} is ${outcome ?? state}${finding === undefined ? '' : `: ${finding}`}`
}
