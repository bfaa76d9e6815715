// ml-worker alerts: the alerts of a running worker, and what is done with them.
import { type Command, UsageError } from './command.ts'
import { numberOf, optionalNumberOf, textOf, type Values } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, pathOf, runAction, WORKER_DETAILS } from './worker-action.ts'

interface Alert {
  readonly id: number
  readonly kind: string
  readonly project?: string
  readonly environment?: string
  readonly version?: number
  readonly state: string
  readonly severity: string
  readonly started_at: string
  readonly acknowledged_by?: string
  readonly muted_until?: string
}

interface Story extends Alert {
  readonly events: readonly {
    readonly event: string
    readonly at: string
    readonly by: string
    readonly note?: string
  }[]
}

const ACTIONS = 'list, show, acknowledge, mute, unmute or resolve'
const MORE = '\nThere are more: --limit takes up to 200'
const HOUR_MS = 3_600_000
const MUTE_HOURS_MAX = 24 * 365

export const alertsCommand: Command = {
  usage: 'list | show | acknowledge | mute | unmute | resolve --id N [--note TEXT] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  list         alerts, the newest first: those that fire unless --state says otherwise, of all projects unless',
    '               --project names one; --kind K, --severity S, --limit N',
    '  show         one, with all that became of it',
    '  acknowledge  takes it on: it is not told again unless it becomes more severe',
    '  mute         tells nobody of it for --hours N, nor of a later one with its fingerprint',
    '  unmute       ends that',
    '  resolve      ends it by hand',
    '',
    '  --id N                 the alert, as list shows it',
    '  --note TEXT            for whoever looks later',
    '  --state S              pending, firing (default), resolved, or all',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    id: { type: 'string' },
    project: { type: 'string' },
    kind: { type: 'string' },
    severity: { type: 'string' },
    state: { type: 'string' },
    limit: { type: 'string' },
    hours: { type: 'string' },
    note: { type: 'string' },
    json: { type: 'boolean' },
  },
  takes: [ACTIONS],
  run: (given, terminal) =>
    runAction(
      ACTIONS,
      {
        list,
        show,
        acknowledge: handling('acknowledge', 'is acknowledged'),
        mute,
        unmute: handling('unmute', 'is told again'),
        resolve: handling('resolve', 'is resolved'),
      },
      given,
      terminal,
    ),
}

const list: Action = async (values, client) => {
  const { project, kind, severity, state = 'firing' } = values
  const path = project === undefined ? '/api/alerts' : `${pathOf(textOf(values, 'project'))}/alerts`
  const query = { state: state === 'all' ? undefined : state, kind, severity, limit: optionalNumberOf(values, 'limit') }
  const { body } = await client.get<{ alerts: readonly Alert[]; next?: number }>(path, query)
  const rows = body.alerts.map(lineOf)
  if (rows.length === 0) return { answer: body, text: 'there are no such alerts' }
  const heads = ['id', 'kind', 'project', 'environment', 'version', 'severity', 'state', 'since', 'handled']
  return { answer: body, text: textTable([heads, ...rows], false) + (body.next === undefined ? '' : MORE) }
}

const show: Action = async (values, client) => {
  const { body } = await client.get<Story>(pathOfAlert(values))
  const head = textTable([lineOf(body)], false)
  const rows = body.events.map(({ event, at, by, note = '' }) => [event, at, by, note])
  return { answer: body, text: `${head}\n${textTable([['event', 'at', 'by', 'note'], ...rows], false)}` }
}

const mute: Action = async (values, client) => {
  const hours = numberOf(values, 'hours')
  if (hours > MUTE_HOURS_MAX) throw new UsageError(`--hours: expected up to ${MUTE_HOURS_MAX}, a year, got ${hours}`)
  const until = new Date(Date.now() + hours * HOUR_MS).toISOString()
  const { body } = await client.send<Story>('POST', `${pathOfAlert(values)}/mute`, { until, note: values['note'] })
  return { answer: body, text: `alert ${body.id} is muted until ${body.muted_until}` }
}

function handling(action: string, words: string): Action {
  return async (values, client) => {
    const { body } = await client.send<Story>('POST', `${pathOfAlert(values)}/${action}`, { note: values['note'] })
    return { answer: body, text: `alert ${body.id} ${words}` }
  }
}

function pathOfAlert(values: Values): string {
  return `/api/alerts/${numberOf(values, 'id')}`
}

function lineOf(alert: Alert): string[] {
  const { id, kind, project = '', environment = '', version = '', severity, state, started_at: since } = alert
  const { acknowledged_by: by, muted_until: until } = alert
  const handled = [by === undefined ? '' : `acknowledged by ${by}`, until === undefined ? '' : `muted until ${until}`]
  const words = handled.filter(Boolean).join(', ')
  return [String(id), kind, project, environment, String(version), severity, state, since, words]
}
