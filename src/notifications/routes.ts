// /api/webhooks: who is told what happened, and how that went.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { callerOf } from '../http/guard.ts'
import { ERRORS, nextOf, PageQuery } from '../pages.ts'
import { tagOf } from '../revisions.ts'
import { readChange, readMembers } from '../rows/json-members.ts'
import { type Deliveries, REDELIVERED_MAX } from './deliveries.ts'
import { contentOf, kindOf } from './webhook-request.ts'
import {
  ChangeWebhook,
  CreateWebhook,
  DeliveryAnswer,
  DeliveryList,
  DeliveryPath,
  DeliveryState,
  deliveryAnswerOf,
  IfMatch,
  NewWebhookAnswer,
  RedeliverDead,
  Redelivered,
  RotateSecret,
  RotateSecretDocs,
  WebhookAnswer,
  WebhookList,
  WebhookPath,
  webhookAnswerOf,
} from './webhook-schemas.ts'
import type { Webhooks } from './webhooks.ts'

const CHANGE_ERRORS = ['WEBHOOK_UNKNOWN', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'] as const
const DeliveriesQuery = Type.Object({ ...PageQuery.properties, state: DeliveryState }, { additionalProperties: false })

const createSchema = {
  operationId: 'createWebhook',
  tags: ['notifications'],
  summary: 'Make a webhook, or have mail sent; the secret of a webhook is shown once',
  response: { 201: NewWebhookAnswer },
  docs: {
    body: {
      'application/json': {
        schema: CreateWebhook,
        examples: {
          webhook: { value: { url: 'https://app.example.com/hooks/ml', events: ['run.ended', 'review.decided'] } },
          mail: { value: { mail_to: 'reviewers@example.com', events: ['review.requested'] } },
        },
      },
    },
    errors: ['REQUEST_INVALID', 'WEBHOOKS_TOO_MANY', 'MAIL_OFF', ...ERRORS],
  },
} as const
const listSchema = {
  operationId: 'listWebhooks',
  tags: ['notifications'],
  summary: 'Webhooks, the oldest first; never their secrets',
  response: { 200: WebhookList },
  docs: { errors: ERRORS },
} as const
const getSchema = {
  operationId: 'getWebhook',
  tags: ['notifications'],
  summary: 'A webhook, without its secret',
  params: WebhookPath,
  response: { 200: WebhookAnswer },
  docs: { errors: ['WEBHOOK_UNKNOWN', ...ERRORS] },
} as const
const changeSchema = {
  operationId: 'changeWebhook',
  tags: ['notifications'],
  summary:
    'Change a webhook: members that are absent or null stay as they are, an empty text or list takes a value away',
  params: WebhookPath,
  headers: IfMatch,
  response: { 200: WebhookAnswer },
  docs: {
    body: { 'application/json': { schema: ChangeWebhook, examples: { off: { value: { enabled: false } } } } },
    errors: ['REQUEST_INVALID', ...CHANGE_ERRORS, ...ERRORS],
  },
} as const
const deleteSchema = {
  operationId: 'deleteWebhook',
  tags: ['notifications'],
  summary: 'Delete a webhook, and answer what it was; what is on its way to it is cancelled',
  params: WebhookPath,
  headers: IfMatch,
  response: { 200: WebhookAnswer },
  docs: { errors: [...CHANGE_ERRORS, ...ERRORS] },
} as const
const rotateSchema = {
  operationId: 'rotateWebhookSecret',
  tags: ['notifications'],
  summary: 'Give a webhook another secret, which is shown once; for a time messages are signed with both',
  params: WebhookPath,
  headers: IfMatch,
  response: { 200: NewWebhookAnswer },
  docs: {
    body: {
      'application/json': { schema: RotateSecretDocs, examples: { hour: { value: { overlap_seconds: 3600 } } } },
    },
    errors: ['REQUEST_INVALID', ...CHANGE_ERRORS, ...ERRORS],
  },
} as const
const testSchema = {
  operationId: 'testWebhook',
  tags: ['notifications'],
  summary: 'Send a message of the type webhook.test to a webhook; its deliveries tell how it went',
  params: WebhookPath,
  response: { 202: DeliveryAnswer },
  docs: { errors: ['WEBHOOK_UNKNOWN', 'WEBHOOK_DISABLED', ...ERRORS] },
} as const
const deliveriesSchema = {
  operationId: 'listWebhookDeliveries',
  tags: ['notifications'],
  summary: 'Deliveries to a webhook, the newest first, in pages',
  params: WebhookPath,
  querystring: DeliveriesQuery,
  response: { 200: DeliveryList },
  docs: { errors: ['WEBHOOK_UNKNOWN', ...ERRORS] },
} as const
const allDeliveriesSchema = {
  operationId: 'listDeliveries',
  tags: ['notifications'],
  summary: 'Deliveries to all webhooks, the newest first, in pages; with state=dead those that nobody got',
  querystring: DeliveriesQuery,
  response: { 200: DeliveryList },
  docs: { errors: ERRORS },
} as const
const redeliverSchema = {
  operationId: 'redeliver',
  tags: ['notifications'],
  summary: 'Deliver a message once more, under the same webhook-id and with all attempts',
  params: DeliveryPath,
  response: { 202: DeliveryAnswer },
  docs: { errors: ['WEBHOOK_UNKNOWN', 'WEBHOOK_DISABLED', 'DELIVERY_UNKNOWN', ...ERRORS] },
} as const
const redeliverDeadSchema = {
  operationId: 'redeliverDead',
  tags: ['notifications'],
  summary: `Deliver dead messages once more, the oldest ${REDELIVERED_MAX} at the most; those of disabled webhooks stay`,
  response: { 202: Redelivered },
  docs: {
    body: { 'application/json': { schema: RedeliverDead, examples: { one: { value: { webhook_id: 1 } } } } },
    errors: ['REQUEST_INVALID', 'WEBHOOK_UNKNOWN', 'WEBHOOK_DISABLED', ...ERRORS],
  },
} as const

export interface NotificationRoutesParts {
  readonly webhooks: Webhooks
  readonly deliveries: Deliveries
}

const READS = { permission: 'webhooks:manage' } as const
const writes = <Action extends `${string}.${string}`>(audit: Action) =>
  ({ permission: 'webhooks:manage', audit }) as const

export const notificationRoutes =
  ({ webhooks, deliveries }: NotificationRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/webhooks'
    const one = `${path}/:webhook_id`

    app.post(path, { schema: createSchema, config: writes('webhook.create') }, async (request, reply) => {
      const given = readMembers(request, CreateWebhook, (members, faults) => webhooks.addNewFaults(members, faults))
      const kind = kindOf(given)
      const { webhook, secret } = await webhooks.create(kind, contentOf(kind, given), callerOf(request))
      reply.code(201).headers({ location: `${path}/${webhook.webhookId}`, etag: tagOf(webhook.revision) })
      return { ...webhookAnswerOf(webhook), ...(secret === undefined ? {} : { secret }) }
    })

    app.get(path, { schema: listSchema, config: READS }, async () => {
      return { webhooks: (await webhooks.list()).map(webhookAnswerOf) }
    })

    app.get(`${path}/deliveries`, { schema: allDeliveriesSchema, config: READS }, async ({ query }) => {
      return page(await deliveries.list({ ...query, limit: query.limit + 1 }), query.limit)
    })

    const redeliveringDead = { schema: redeliverDeadSchema, config: writes('webhook.redeliver') }
    app.post(`${path}/deliveries/redeliver`, redeliveringDead, async (request, reply) => {
      const { webhook_id: webhookId } = readMembers(request, RedeliverDead)
      const redelivered = await deliveries.redeliverDead(webhookId, callerOf(request))
      reply.code(202)
      return { redelivered }
    })

    app.get(one, { schema: getSchema, config: READS }, async ({ params }, reply) => {
      const webhook = await webhooks.find(params.webhook_id)
      reply.header('etag', tagOf(webhook.revision))
      return webhookAnswerOf(webhook)
    })

    app.patch(one, { schema: changeSchema, config: writes('webhook.update') }, async (request, reply) => {
      const { params, headers } = request
      const { webhook_id: webhookId } = params
      const given = await readChange(request, ChangeWebhook, async (members, faults) =>
        webhooks.addChangeFaults(members, await webhooks.find(webhookId), faults),
      )
      const webhook = await webhooks.update(webhookId, headers['if-match'], given, callerOf(request))
      reply.header('etag', tagOf(webhook.revision))
      return webhookAnswerOf(webhook)
    })

    app.delete(one, { schema: deleteSchema, config: writes('webhook.delete') }, async (request) => {
      const { params, headers } = request
      return webhookAnswerOf(await webhooks.remove(params.webhook_id, headers['if-match'], callerOf(request)))
    })

    app.post(`${one}/rotate`, { schema: rotateSchema, config: writes('webhook.rotate') }, async (request, reply) => {
      const { params, headers } = request
      const { overlap_seconds: overlap } = await readChange(request, RotateSecret, async (_, faults) =>
        webhooks.addSecretFault(await webhooks.find(params.webhook_id), faults),
      )
      const ifMatch = headers['if-match']
      const { webhook, secret } = await webhooks.rotate(params.webhook_id, ifMatch, overlap, callerOf(request))
      reply.header('etag', tagOf(webhook.revision))
      return { ...webhookAnswerOf(webhook), ...(secret === undefined ? {} : { secret }) }
    })

    app.post(`${one}/test`, { schema: testSchema, config: writes('webhook.test') }, async (request, reply) => {
      const delivery = await deliveries.test(request.params.webhook_id, callerOf(request))
      reply.code(202)
      return deliveryAnswerOf(delivery)
    })

    app.get(`${one}/deliveries`, { schema: deliveriesSchema, config: READS }, async ({ params, query }) => {
      const filter = { ...query, webhookId: params.webhook_id, limit: query.limit + 1 }
      return page(await deliveries.list(filter), query.limit)
    })

    const redelivering = { schema: redeliverSchema, config: writes('webhook.redeliver') }
    app.post(`${one}/deliveries/:delivery_id/redeliver`, redelivering, async (request, reply) => {
      const { webhook_id: webhookId, delivery_id: deliveryId } = request.params
      const delivery = await deliveries.redeliver(webhookId, deliveryId, callerOf(request))
      reply.code(202)
      return deliveryAnswerOf(delivery)
    })
  }

function page(found: Awaited<ReturnType<Deliveries['list']>>, limit: number) {
  return {
    deliveries: found.slice(0, limit).map(deliveryAnswerOf),
    ...nextOf(found, limit, ({ deliveryId }) => deliveryId),
  }
}
