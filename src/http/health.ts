// GET /api/health, /live and /ready: what an operator and an orchestrator ask.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ServiceError } from '../errors.ts'
import type { HealthChecks, HealthReport } from '../telemetry/health-checks.ts'
import { Health, Live } from './health-docs.ts'

/** Readiness and liveness are everybody's, for an orchestrator has no token. */
const PATHS = [
  { path: '/api/health', operationId: 'getHealth', permission: 'health:read' },
  { path: '/api/health/ready', operationId: 'getReadiness', permission: 'open' },
] as const

export interface HealthRoutesOptions {
  /** True where callers are asked who they are: then a stranger learns which checks hold, and not what they found. */
  readonly isTerse: boolean
}

/** The service can work when all checks hold. Live says only that the event loop turns. */
export const healthRoutes =
  (health: HealthChecks, { isTerse }: HealthRoutesOptions): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const { path, operationId, permission } of PATHS) {
      const schema = {
        operationId,
        tags: ['operation'],
        summary: 'Whether the worker can take work, and what stands against it',
        response: { 200: Health },
        docs: { errors: ['NOT_READY'] as const },
      }
      app.get(path, { schema, config: { permission } }, async () => {
        const { isOk, results: found } = await health.look()
        const results = isTerse && permission === 'open' ? withoutDetails(found) : found
        if (!isOk) throw notReady(results)
        return { status: 'ok' as const, checks: results }
      })
    }
    const liveSchema = {
      operationId: 'getLiveness',
      tags: ['operation'],
      summary: 'Whether the process answers',
      response: { 200: Live },
    }
    app.get('/api/health/live', { schema: liveSchema, config: { permission: 'open' } }, async () => ({
      status: 'ok' as const,
    }))
  }

function withoutDetails(results: HealthReport['results']): HealthReport['results'] {
  const entries = Object.entries(results)
  return Object.fromEntries(entries.map(([name, { ok }]) => [name, { ok, detail: ok ? 'holds' : 'does not hold' }]))
}

function notReady(checks: HealthReport['results']): ServiceError {
  const against = Object.entries(checks).filter(([, { ok }]) => !ok)
  const detail = `the worker cannot take work: ${against.map(([name, check]) => `${name}: ${check.detail}`).join('; ')}`
  return new ServiceError('NOT_READY', detail, { retryAfterSeconds: 2, extension: { checks } })
}
