// ml-worker deployments: what is deployed, and what was, on a running worker.
import type { Command } from './command.ts'
import { type Deployment, lineOf, PLACE_DETAILS, PLACE_OPTIONS, placeOf } from './deployment-call.ts'
import { numberOf, optionalNumberOf } from './options.ts'
import { textTable } from './text-table.ts'
import { type Action, membersOf, runAction, WORKER_DETAILS } from './worker-action.ts'

const ACTIONS = 'list, show, current, undeploy or scale'

export const deploymentsCommand: Command = {
  usage: 'list | show | current | undeploy | scale [--project P] [--environment E] [--json]',
  details: [
    ...WORKER_DETAILS,
    '',
    '  list       the newest first: of all environments unless --environment names one, of all projects unless --project does',
    '  show       one of them, with what became of it: --id N',
    '  current    what is active',
    '  undeploy   nothing answers there from then on',
    '  scale      changes how many instances the target runs: --instances N',
    '',
    ...PLACE_DETAILS,
    '  --status S             list: only those that are now pending, deploying, active, replaced, undeployed, failed or cancelled',
    '  --target T             list: only those on this target',
    '  --at TIME              list: only what was active then, such as 2026-03-01T00:00:00Z',
    '  --limit N              list: so many at the most',
    '  --json                 the answer of the worker as it is',
  ].join('\n'),
  options: {
    ...PLACE_OPTIONS,
    id: { type: 'string' },
    status: { type: 'string' },
    target: { type: 'string' },
    at: { type: 'string' },
    instances: { type: 'string' },
    limit: { type: 'string' },
  },
  takes: [ACTIONS],
  run: (given, terminal) => runAction(ACTIONS, { list, show, current, undeploy, scale }, given, terminal),
}

const list: Action = async (values, client) => {
  const { project, environment, status, target, at } = values
  const limit = optionalNumberOf(values, 'limit')
  const [path, query] =
    environment === undefined
      ? ['/api/deployments', { project, status, target, at, limit }]
      : [`${placeOf(values)}/deployments`, { status, target, at, limit }]
  const { body } = await client.get<{ deployments: readonly Deployment[]; next?: number }>(path, query)
  const rows = body.deployments.map((each) => [
    String(each.id),
    each.project,
    each.environment,
    String(each.version),
    each.target,
    each.status,
    each.origin,
    each.requested_at,
    each.requested_by,
    each.active_from ?? '',
    each.active_until ?? '',
    [each.note, each.reason].filter(Boolean).join('; '),
  ])
  const heading = [
    ...['id', 'project', 'environment', 'version', 'target', 'status', 'origin'],
    ...['asked', 'by', 'active from', 'until', 'note'],
  ]
  const more = body.next === undefined ? '' : '\nThere are more: --limit takes up to 200'
  const text = rows.length === 0 ? 'there are no deployments' : textTable([heading, ...rows], false) + more
  return { answer: body, text }
}

const show: Action = async (values, client) => {
  const { body } = await client.get<Deployment>(`${placeOf(values)}/deployments/${numberOf(values, 'id')}`)
  return { answer: body, text: membersOf(body) }
}

const current: Action = async (values, client) => {
  const { body } = await client.get<Deployment>(`${placeOf(values)}/current`)
  return { answer: body, text: membersOf(body) }
}

const undeploy: Action = async (values, client) => {
  const { body } = await client.send<Deployment>('DELETE', `${placeOf(values)}/current`)
  return { answer: body, text: lineOf(body) }
}

const scale: Action = async (values, client) => {
  const instances = numberOf(values, 'instances')
  const { body } = await client.send<Deployment>('POST', `${placeOf(values)}/scale`, { instances })
  return { answer: body, text: `${lineOf(body)}, and gets ${body.instances} instances` }
}
