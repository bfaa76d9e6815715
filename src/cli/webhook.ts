// ml-worker webhook: who is told what happened, by a running worker.
import { type Command, UsageError } from './command.ts'
import { numberOf, optionalNumberOf, type Values } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, runAction, WORKER_DETAILS } from './worker-action.ts'

interface Webhook {
  readonly id: number
  readonly kind: string
  readonly url?: string
  readonly mail_to?: string
  readonly events: readonly string[]
  readonly projects: readonly string[]
  readonly enabled: boolean
  readonly disabled_reason?: string
}

interface Delivery {
  readonly id: number
  readonly webhook_id: number
  readonly type: string
  readonly state: string
  readonly attempts: number
  readonly happened_at: string
  readonly next_attempt_at?: string
  readonly answer_status?: number
  readonly last_error?: string
}

const ACTIONS = 'list, add, remove, rotate, test, deliveries or redeliver'
/** Longer than a worker waits for a receiver by default. */
const TEST_PATIENCE_MS = 40_000

export const webhookCommand: Command = {
  usage: 'list | add --url U | remove --id N | test --id N | deliveries [--id N] | redeliver … [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  list       all of them',
    '  add        a new one: --url U, or --mail ADDRESS; its secret is printed once',
    '  remove     delete it',
    '  rotate     give it another secret; the one before signs too for --overlap N seconds, a day by default',
    '  test       send it a message, and tell whether it came',
    '  deliveries how deliveries went, the newest first: of one (--id), or of all; --state pending, delivered, dead or',
    '             cancelled, --limit N',
    '  redeliver  deliver once more: --id N --delivery D, or --dead for all that nobody got, with --id those of one',
    '',
    '  --id N                 the webhook, as list shows it',
    '  --event TYPE           only this: run.ended, review.requested, review.decided, deployment.changed,',
    '                         retraining.changed, experiment.started, experiment.concluded,',
    '                         experiment.promoted, experiment.warning, alert.firing, alert.resolved;',
    '                         may be repeated',
    '  --project NAME         only what is about this project; may be repeated',
    '  --description TEXT',
    '  --format F             alertmanager-v4: alerts alone, as the webhooks of Alertmanager are',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    id: { type: 'string' },
    url: { type: 'string' },
    mail: { type: 'string' },
    event: { type: 'string', multiple: true },
    project: { type: 'string', multiple: true },
    description: { type: 'string' },
    format: { type: 'string' },
    overlap: { type: 'string' },
    delivery: { type: 'string' },
    dead: { type: 'boolean' },
    state: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  },
  takes: [ACTIONS],
  run: (given, terminal) =>
    runAction(ACTIONS, { list, add, remove, rotate, test, deliveries, redeliver }, given, terminal),
}

const list: Action = async (_, client) => {
  const { body } = await client.get<{ webhooks: readonly Webhook[] }>('/api/webhooks')
  const rows = body.webhooks.map(lineOf)
  const table = textTable([['id', 'kind', 'to', 'events', 'projects', 'state'], ...rows], false)
  return { answer: body, text: rows.length === 0 ? 'there are no webhooks' : table }
}

const add: Action = async (values, client, terminal) => {
  const { url, mail, event, project, description, format } = values
  if ((url === undefined) === (mail === undefined)) throw new UsageError('expected --url or --mail, one of them')
  const { body } = await client.send<Webhook & { secret?: string }>('POST', '/api/webhooks', {
    url,
    mail_to: mail,
    events: event,
    projects: project,
    description,
    format,
  })
  if (body.secret === undefined) return { answer: body, text: `webhook ${body.id} is made` }
  if (values['json'] !== true) terminal.err(`webhook ${body.id} is made; its secret is not shown again:`)
  return { answer: body, text: body.secret }
}

const remove: Action = async (values, client) => {
  const path = pathOf(values)
  const { etag } = await client.get(path)
  const { body } = await client.send<Webhook>('DELETE', path, undefined, etag)
  return { answer: body, text: `webhook ${body.id} is deleted` }
}

const rotate: Action = async (values, client, terminal) => {
  const path = pathOf(values)
  const { etag } = await client.get(path)
  const overlap = values['overlap'] === '0' ? 0 : optionalNumberOf(values, 'overlap')
  const { body } = await client.send<Webhook & { secret: string; previous_secret_until?: string }>(
    'POST',
    `${path}/rotate`,
    { overlap_seconds: overlap },
    etag,
  )
  const until = body.previous_secret_until
  const before = until === undefined ? 'the one before signs no more' : `the one before signs until ${until}`
  if (values['json'] !== true) terminal.err(`webhook ${body.id} has another secret, not shown again; ${before}:`)
  return { answer: body, text: body.secret }
}

const test: Action = async (values, client) => {
  const path = pathOf(values)
  const { body: sent } = await client.send<Delivery>('POST', `${path}/test`)
  const deadline = Date.now() + TEST_PATIENCE_MS
  let found: Delivery = sent
  await client.until<{ deliveries: readonly Delivery[] }>(`${path}/deliveries?limit=200`, ({ deliveries: all }) => {
    found = all.find(({ id }) => id === sent.id) ?? found
    const isTried = found.last_error !== undefined || found.answer_status !== undefined
    return found.state !== 'pending' || isTried || Date.now() > deadline
  })
  if (found.state === 'delivered') return { answer: found, text: `delivered: the answer was ${found.answer_status}` }
  const reason = found.last_error ?? 'no attempt has ended yet'
  return { answer: found, text: `not delivered: ${reason}`, code: 1 }
}

const deliveries: Action = async (values, client) => {
  const path = values['id'] === undefined ? '/api/webhooks' : pathOf(values)
  const query = { state: values['state'], limit: optionalNumberOf(values, 'limit') }
  const { body } = await client.get<{ deliveries: readonly Delivery[]; next?: number }>(`${path}/deliveries`, query)
  const rows = body.deliveries.map(deliveryLineOf)
  const more = body.next === undefined ? '' : '\nThere are more: --limit takes up to 200'
  const heads = ['id', 'webhook', 'type', 'happened', 'state', 'attempts', 'next', 'last answer']
  return {
    answer: body,
    text: rows.length === 0 ? 'there are no deliveries' : textTable([heads, ...rows], false) + more,
  }
}

const redeliver: Action = async (values, client) => {
  if (values['dead'] === true) {
    if (values['delivery'] !== undefined) throw new UsageError('expected --delivery or --dead, one of them')
    const { body } = await client.send<{ redelivered: number }>('POST', '/api/webhooks/deliveries/redeliver', {
      webhook_id: optionalNumberOf(values, 'id'),
    })
    return { answer: body, text: `${body.redelivered} deliveries are tried again` }
  }
  const path = `${pathOf(values)}/deliveries/${numberOf(values, 'delivery')}/redeliver`
  const { body } = await client.send<Delivery>('POST', path)
  return { answer: body, text: `delivery ${body.id} is tried again` }
}

function pathOf(values: Values): string {
  return `/api/webhooks/${numberOf(values, 'id')}`
}

function lineOf({ id, kind, url, mail_to: mailTo, events, projects, enabled, disabled_reason }: Webhook): string[] {
  const state = enabled ? 'enabled' : disabled_reason === undefined ? 'disabled' : `disabled: ${disabled_reason}`
  return [String(id), kind, url ?? mailTo ?? '', events.join(', ') || 'all', projects.join(', ') || 'all', state]
}

function deliveryLineOf(delivery: Delivery): string[] {
  const { id, webhook_id, type, happened_at, state, attempts, next_attempt_at = '', answer_status } = delivery
  const said = delivery.last_error ?? (answer_status === undefined ? '' : String(answer_status))
  return [String(id), String(webhook_id), type, happened_at, state, String(attempts), next_attempt_at, said]
}
