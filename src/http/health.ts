// GET /api/health, /live and /ready: what an operator and an orchestrator ask.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ServiceError } from '../errors.ts'
import type { HealthChecks, HealthReport } from '../telemetry/health-checks.ts'
import { Health, Live } from './health-docs.ts'

/** The service can work when all checks hold. Live says only that the event loop turns. */
export const healthRoutes =
  (health: HealthChecks): FastifyPluginAsyncTypebox =>
  async (app) => {
    const paths = { '/api/health': 'getHealth', '/api/health/ready': 'getReadiness' }
    for (const [path, operationId] of Object.entries(paths)) {
      const schema = {
        operationId,
        tags: ['operation'],
        summary: 'Whether the worker can take work, and what stands against it',
        response: { 200: Health },
        docs: { errors: ['NOT_READY'] as const },
      }
      app.get(path, { schema }, async () => {
        const { isOk, results } = await health.look()
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
    app.get('/api/health/live', { schema: liveSchema }, async () => ({ status: 'ok' as const }))
  }

function notReady(checks: HealthReport['results']): ServiceError {
  const against = Object.entries(checks).filter(([, { ok }]) => !ok)
  const detail = `the worker cannot take work: ${against.map(([name, check]) => `${name}: ${check.detail}`).join('; ')}`
  return new ServiceError('NOT_READY', detail, { retryAfterSeconds: 2, extension: { checks } })
}
