// GET /openapi.json and the page at /docs: made when they are first asked for, so that the start does not pay for them.
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
  type RouteOptions,
} from 'fastify'
import { answerHeaders } from './answer-headers.ts'
import { answerErrorsAsProblems } from './problem-details.ts'

/** The page loads nothing from anywhere else. Its styles and some images are in the text of the page. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'"

/** Must be called before the routes are made: it remembers them. */
export function serveDocs(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD' && route.schema?.hide !== true) routes.push(route)
  })
  let pages: Promise<FastifyInstance> | undefined
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    pages ??= pagesOf(routes, app)
    pages.catch(() => {
      pages = undefined
    })
    const { routing } = await pages
    reply.hijack()
    // Nothing in them is of a run: browsers may keep them as their own app says.
    const { 'cache-control': _, ...headers } = answerHeaders(request.raw.socket)
    reply.raw.setHeaders(new Map(Object.entries(headers)))
    routing(request.raw, reply.raw)
    return reply
  }
  for (const path of ['/openapi.json', '/docs', '/docs/*'])
    app.get(path, { schema: { hide: true }, config: { permission: 'open' } }, answer)
  app.addHook('onClose', async () => {
    await (await pages?.catch(() => undefined))?.close()
  })
}

/** An app of its own that knows the routes, but does not serve them. */
async function pagesOf(routes: readonly RouteOptions[], { log }: FastifyInstance): Promise<FastifyInstance> {
  const [{ swaggerOptions }, { default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('./openapi.ts'),
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ])
  const logController = new LogController({ disableRequestLogging: true })
  const pages: FastifyInstance = fastify({ loggerInstance: log, logController })
  answerErrorsAsProblems(pages)
  pages.setValidatorCompiler(() => () => true)
  pages.setSerializerCompiler(() => JSON.stringify)
  await pages.register(swagger, await swaggerOptions())
  await pages.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null, deepLinking: true },
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'ml-worker' },
  })
  for (const { method, url, schema = {}, config = {} } of routes) {
    pages.route({ method, url, schema, config, handler: async () => {} })
  }
  pages.get('/openapi.json', { schema: { hide: true } }, async () => pages.swagger())
  await pages.ready()
  return pages
}
