// GET /api/health, /live and /ready: what an operator and an orchestrator ask.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'

/** One thing that must work. Returns what it found; throws with the reason when it does not work. */
export type HealthCheck = () => Promise<string> | string

const CHECK_TIMEOUT_MS = 2_000

const Health = Type.Object({
  status: Type.Unsafe<string>({ type: 'string', enum: ['ok', 'unavailable'] }),
  checks: Type.Record(Type.String(), Type.Object({ ok: Type.Boolean(), detail: Type.String() })),
})

/** `checks` by name; the service can work when all of them do. Live says only that the event loop turns. */
export const healthRoutes =
  (checks: Readonly<Record<string, HealthCheck>>): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const path of ['/api/health', '/api/health/ready']) {
      app.get(path, { schema: { response: { 200: Health, 503: Health } } }, async (_, reply) => {
        const results = await Promise.all(
          Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const),
        )
        const isOk = results.every(([, result]) => result.ok)
        if (!isOk) reply.code(503).header('retry-after', 2)
        return { status: isOk ? 'ok' : 'unavailable', checks: Object.fromEntries(results) }
      })
    }
    app.get(
      '/api/health/live',
      { schema: { response: { 200: Type.Object({ status: Type.Literal('ok') }) } } },
      async () => ({
        status: 'ok' as const,
      }),
    )
  }

async function runCheck(check: HealthCheck): Promise<{ ok: boolean; detail: string }> {
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
