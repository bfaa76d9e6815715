// GET /api/health, /live and /ready: what an operator and an orchestrator ask.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ServiceError } from '../errors.ts'
import { Health, Live } from './health-docs.ts'

/** One thing that must work. Returns what it found; throws with the reason when it does not work. */
export type HealthCheck = () => Promise<string> | string

const CHECK_TIMEOUT_MS = 2_000

/** `checks` by name; the service can work when all of them do. Live says only that the event loop turns. */
export const healthRoutes =
  (checks: Readonly<Record<string, HealthCheck>>): FastifyPluginAsyncTypebox =>
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
        const { isOk, results } = await runChecks(checks)
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

/** Runs all checks at once. */
export async function runChecks(
  checks: Readonly<Record<string, HealthCheck>>,
): Promise<{ isOk: boolean; results: Record<string, CheckResult> }> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const),
  )
  return { isOk: results.every(([, result]) => result.ok), results: Object.fromEntries(results) }
}

function notReady(checks: Readonly<Record<string, CheckResult>>): ServiceError {
  const against = Object.entries(checks).filter(([, { ok }]) => !ok)
  const detail = `the worker cannot take work: ${against.map(([name, check]) => `${name}: ${check.detail}`).join('; ')}`
  return new ServiceError('NOT_READY', detail, { retryAfterSeconds: 2, extension: { checks } })
}

interface CheckResult {
  readonly ok: boolean
  readonly detail: string
}

async function runCheck(check: HealthCheck): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS / 1000} s`)), CHECK_TIMEOUT_MS)
  })
  try {
    return { ok: true, detail: await Promise.race([Promise.try(check), timeout]) }
  } catch (error) {
    return { ok: false, detail: describeError(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** An AggregateError, as a refused connection to several addresses is, has an empty message. */
function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join('; ')
  return error instanceof Error ? error.message : String(error)
}
