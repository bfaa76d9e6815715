// /api/alerts and /api/projects/{project}/alerts: what fires, and who takes it on; …/alert-rules: what makes it fire.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { callerOf } from '../http/guard.ts'
import { ERRORS, nextOf, PageQuery } from '../pages.ts'
import { IfMatch, ProjectParts, ProjectPath } from '../projects/project-schemas.ts'
import { tagOf } from '../revisions.ts'
import { readMembers } from '../rows/json-members.ts'
import type { MemberFaults } from '../rows/member-faults.ts'
import type { AlertRules } from './alert-rules.ts'
import {
  AlertFilterParts,
  AlertList,
  AlertPath,
  AlertStoryAnswer,
  alertAnswerOf,
  alertStoryOf,
  HandleAlert,
  MuteAlert,
  PutRule,
  RuleAnswer,
  RuleList,
  RulePath,
  ruleAnswerOf,
} from './alert-schemas.ts'
import type { AlertStory, Alerts, Handling } from './alerts.ts'
import { addRuleFaults, ruleOf } from './rule-request.ts'

const MUTE_MS_MAX = 366 * 86_400_000
const HANDLED = ['ALERT_UNKNOWN', 'ALERT_RESOLVED', 'REQUEST_INVALID', ...ERRORS] as const

const FilterQuery = Type.Object({ ...PageQuery.properties, ...AlertFilterParts }, { additionalProperties: false })
const listSchema = {
  operationId: 'listProjectAlerts',
  tags: ['monitoring'],
  summary: 'The alerts of a project, the newest first, in pages',
  params: ProjectPath,
  querystring: FilterQuery,
  response: { 200: AlertList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const listAllSchema = {
  operationId: 'listAlerts',
  tags: ['monitoring'],
  summary: 'The alerts of all projects, the newest first, in pages',
  querystring: Type.Object(
    { ...FilterQuery.properties, project: Type.Optional(ProjectParts.project) },
    { additionalProperties: false },
  ),
  response: { 200: AlertList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const getSchema = {
  operationId: 'getAlert',
  tags: ['monitoring'],
  summary: 'An alert, and what became of it',
  params: AlertPath,
  response: { 200: AlertStoryAnswer },
  docs: { errors: ['ALERT_UNKNOWN', ...ERRORS] },
} as const
const muteSchema = {
  operationId: 'muteAlert',
  tags: ['monitoring'],
  summary: 'Tell nobody of an alert until a time, nor of a later one with its fingerprint',
  params: AlertPath,
  response: { 200: AlertStoryAnswer },
  docs: {
    body: {
      'application/json': {
        schema: MuteAlert,
        examples: { night: { value: { until: '2030-03-01T06:00:00Z', note: 'known: the season has changed' } } },
      },
    },
    errors: HANDLED,
  },
} as const
const listRulesSchema = {
  operationId: 'listAlertRules',
  tags: ['monitoring'],
  summary: 'What makes alerts of a project fire and resolve, by kind',
  params: ProjectPath,
  response: { 200: RuleList },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const getRuleSchema = {
  operationId: 'getAlertRule',
  tags: ['monitoring'],
  summary: 'What makes alerts of one kind fire and resolve; the default rule where the project has none',
  params: RulePath,
  response: { 200: RuleAnswer },
  docs: { errors: ['PROJECT_UNKNOWN', ...ERRORS] },
} as const
const putRuleSchema = {
  operationId: 'putAlertRule',
  tags: ['monitoring'],
  summary: 'Say what makes alerts of one kind fire and resolve; members that are absent are those of the default rule',
  description: 'The first time it takes no If-Match. It holds from the next window on.',
  params: RulePath,
  headers: IfMatch,
  response: { 200: RuleAnswer },
  docs: {
    body: {
      'application/json': {
        schema: PutRule,
        examples: {
          patient: { value: { severity_at_least: 'high', bad_windows: 2, of_windows: 3, labels: { team: 'risk' } } },
          off: { value: { enabled: false } },
        },
      },
    },
    errors: [
      ...['REQUEST_INVALID', 'PROJECT_UNKNOWN', 'PROJECT_ARCHIVED', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
      ...ERRORS,
    ],
  },
} as const

/** What is done with an alert by a note alone. */
const HANDLINGS = [
  {
    path: 'acknowledge',
    operationId: 'acknowledgeAlert',
    summary: 'Take an alert on: it is not told again unless it becomes more severe',
    audit: 'alert.acknowledge',
  },
  {
    path: 'unmute',
    operationId: 'unmuteAlert',
    summary: 'End the mute of an alert; where it still fires it is told',
    audit: 'alert.unmute',
  },
  {
    path: 'resolve',
    operationId: 'resolveAlert',
    summary: 'Resolve an alert by hand: what was found so far counts for no other one',
    audit: 'alert.resolve',
  },
] as const

const READS = { permission: 'monitoring:read' } as const
const handles = <Action extends `${string}.${string}`>(audit: Action) =>
  ({ permission: 'alerts:handle', audit }) as const

export interface AlertRoutesParts {
  readonly alerts: Alerts
  readonly rules: AlertRules
  readonly now: () => Date
}

export const alertRoutes =
  ({ alerts, rules, now }: AlertRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const listed = async (project: string | undefined, query: (typeof FilterQuery)['static']) => {
      const { limit, before, acknowledged, muted, state, kind, severity, environment, version } = query
      const filter = { state, kind, severity, environment, version, isAcknowledged: acknowledged, isMuted: muted }
      const found = await alerts.list(project, filter, limit + 1, before)
      const page = found.slice(0, limit).map((alert) => alertAnswerOf(alert, now()))
      return { alerts: page, ...nextOf(found, limit, ({ alertId }) => alertId) }
    }
    app.get('/api/projects/:project/alerts', { schema: listSchema, config: READS }, ({ params, query }) =>
      listed(params.project, query),
    )
    app.get('/api/alerts', { schema: listAllSchema, config: READS }, ({ query: { project, ...query } }) =>
      listed(project, query),
    )

    app.get('/api/alerts/:alert_id', { schema: getSchema, config: READS }, async ({ params }) =>
      alertStoryOf(await alerts.find(params.alert_id), now()),
    )

    for (const { path, operationId, summary, audit } of HANDLINGS) {
      const schema = {
        operationId,
        tags: ['monitoring'],
        summary,
        params: AlertPath,
        response: { 200: AlertStoryAnswer },
        docs: {
          body: { 'application/json': { schema: HandleAlert, examples: { note: { value: { note: 'looked at' } } } } },
          errors: HANDLED,
        },
      } as const
      app.post(`/api/alerts/:alert_id/${path}`, { schema, config: handles(audit) }, async (request) => {
        const { note } = readMembers(request, HandleAlert)
        const { alert_id: alertId } = request.params
        return alertStoryOf(await alerts[path](alertId, handlingOf(request, note)), now())
      })
    }

    const muting = { schema: muteSchema, config: handles('alert.mute') }
    app.post('/api/alerts/:alert_id/mute', muting, async (request) => {
      const { until, note } = readMembers(request, MuteAlert, (given, faults) =>
        addTimeFault(given.until, now(), faults),
      )
      const { alert_id: alertId } = request.params
      const story: AlertStory = await alerts.mute(alertId, new Date(until), handlingOf(request, note))
      return alertStoryOf(story, now())
    })

    app.get('/api/projects/:project/alert-rules', { schema: listRulesSchema, config: READS }, async ({ params }) => ({
      rules: (await rules.list(params.project)).map(ruleAnswerOf),
    }))

    const one = '/api/projects/:project/alert-rules/:kind'
    app.get(one, { schema: getRuleSchema, config: READS }, async ({ params }, reply) => {
      const rule = await rules.find(params.project, params.kind)
      if (rule.revision > 0) reply.header('etag', tagOf(rule.revision))
      return ruleAnswerOf(rule)
    })

    const putting = {
      schema: putRuleSchema,
      config: { permission: 'monitoring:write', audit: 'alert-rule.update' } as const,
    }
    app.put(one, putting, async (request, reply) => {
      const { project, kind } = request.params
      const content = ruleOf(
        kind,
        readMembers(request, PutRule, (given, faults) => addRuleFaults(kind, given, faults)),
      )
      const choice = { project, kind, ifMatch: request.headers['if-match'] }
      const rule = await rules.put(choice, content, callerOf(request))
      reply.header('etag', tagOf(rule.revision))
      return ruleAnswerOf(rule)
    })
  }

function handlingOf(request: FastifyRequest, note: string | undefined): Handling {
  return { note: note || undefined, caller: callerOf(request) }
}

/** text: of a member that may be malformed. */
function addTimeFault(text: string | undefined, now: Date, faults: MemberFaults): void {
  if (text === undefined) return
  const time = new Date(text)
  const isTime = /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(time.getTime())
  const inMs = time.getTime() - now.getTime()
  if (isTime && inMs > 0 && inMs <= MUTE_MS_MAX) return
  const expected = `a time to come, within a year, such as ${new Date(now.getTime() + 86_400_000).toISOString()}`
  faults.add({ in: 'body', parameter: 'until', detail: `expected ${expected}` })
}
