// What callers say of webhooks, and what they see of them and of their deliveries.

import { type Static, Type } from '@sinclair/typebox'
import { NextPage } from '../pages.ts'
import { DELIVERY_STATES, type Delivery, EVENT_TYPES, TEST_TYPE, WEBHOOK_FORMATS, type Webhook } from './webhook.ts'

const NAMES_MAX = 100
const ADDRESS_LENGTH_MAX = 2_000
const MAIL_PATTERN = '^[^\\s@<>,;:"()\\[\\]\\\\]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$'

const Moment = (description: string) => Type.String({ format: 'date-time', description })
const Id = (description?: string) =>
  Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    format: 'int64',
    ...(description === undefined ? {} : { description }),
  })
const EventName = Type.String({
  pattern: `^(${EVENT_TYPES.map((type) => type.replace('.', '\\.')).join('|')})$`,
  enum: [...EVENT_TYPES],
})

const ContentParts = {
  url: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: ADDRESS_LENGTH_MAX,
      description: 'Where messages are sent by POST: https, or what WEBHOOK_ALLOWED_HOSTS allows',
    }),
  ),
  mail_to: Type.Optional(
    Type.String({ pattern: MAIL_PATTERN, description: 'A mail address, in place of url: messages are sent as mail' }),
  ),
  events: Type.Optional(
    Type.Array(EventName, { maxItems: EVENT_TYPES.length, description: 'Only these; an empty list is all' }),
  ),
  projects: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$' }), {
      maxItems: NAMES_MAX,
      description: 'Only what is about projects of these names; an empty list is all, and what is about no project',
    }),
  ),
  format: Type.Optional(
    Type.String({
      pattern: `^(${WEBHOOK_FORMATS.join('|')})$`,
      enum: [...WEBHOOK_FORMATS],
      description:
        'standard, as Standard Webhooks has messages, unless it is said; alertmanager-v4: alerts alone, as the webhooks of Alertmanager are',
    }),
  ),
  description: Type.Optional(
    Type.String({ maxLength: 1000, pattern: '^[^\\u0000]*$', description: 'For whoever looks later' }),
  ),
}

export const CreateWebhook = Type.Object(ContentParts, { additionalProperties: false, title: 'CreateWebhook' })
export const ChangeWebhook = Type.Object(
  {
    ...ContentParts,
    enabled: Type.Optional(
      Type.Boolean({ description: 'false: nothing is sent any more, and what is on its way is cancelled' }),
    ),
  },
  { additionalProperties: false, title: 'ChangeWebhook' },
)

/** How long the secret of before signs too, where a rotation does not say. */
const OVERLAP_SECONDS_DEFAULT = 86_400
export const RotateSecret = Type.Object(
  {
    overlap_seconds: Type.Integer({
      minimum: 0,
      maximum: 30 * 86_400,
      default: OVERLAP_SECONDS_DEFAULT,
      description: 'How long the secret of before signs beside the new one; 0 ends it at once',
    }),
  },
  { additionalProperties: false, title: 'RotateSecret' },
)
/** In the document: what has a default may be absent. */
export const RotateSecretDocs = Type.Object(
  { overlap_seconds: Type.Optional(RotateSecret.properties.overlap_seconds) },
  { additionalProperties: false, title: 'RotateSecret' },
)

export const RedeliverDead = Type.Object(
  { webhook_id: Type.Optional(Id('Only those of this webhook')) },
  { additionalProperties: false, title: 'RedeliverDead' },
)

const WEBHOOK_MEMBERS = {
  id: Type.Integer({ format: 'int64' }),
  revision: Type.Integer({ description: 'Its ETag: what If-Match of a change says' }),
  kind: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': ['webhook', 'mail'] }),
  url: Type.Optional(Type.String()),
  mail_to: Type.Optional(Type.String()),
  events: Type.Array(Type.String(), { description: 'Empty: all' }),
  projects: Type.Array(Type.String(), { description: 'Empty: all, and what is about no project' }),
  format: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...WEBHOOK_FORMATS] }),
  description: Type.Optional(Type.String()),
  enabled: Type.Boolean(),
  disabled_reason: Type.Optional(Type.String({ description: 'Why the worker disabled it' })),
  previous_secret_until: Type.Optional(Moment('Until then messages are signed with the secret of before, too')),
  created_at: Moment('When it was made'),
  created_by: Type.String({ description: 'As in the audit' }),
  changed_at: Moment('When it was changed last'),
  changed_by: Type.String(),
}
export const WebhookAnswer = Type.Object(WEBHOOK_MEMBERS, { title: 'Webhook' })
export const NewWebhookAnswer = Type.Object(
  {
    ...WEBHOOK_MEMBERS,
    secret: Type.Optional(
      Type.String({ description: 'whsec_…: checks the signatures. It is never shown again. Absent of mail' }),
    ),
  },
  { title: 'NewWebhook' },
)
export const WebhookList = Type.Object({ webhooks: Type.Array(WebhookAnswer) }, { title: 'WebhookList' })

export const DeliveryAnswer = Type.Object(
  {
    id: Type.Integer({ format: 'int64' }),
    webhook_id: Type.Integer({ format: 'int64' }),
    message_id: Type.String({ description: 'webhook-id: the same in every attempt' }),
    type: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...EVENT_TYPES, TEST_TYPE] }),
    project: Type.Optional(Type.String({ description: 'The name of the project that it is about' })),
    happened_at: Moment('When it happened'),
    state: Type.Unsafe<string>({
      type: 'string',
      'x-extensible-enum': [...DELIVERY_STATES],
      description: 'dead: no attempt succeeded; cancelled: the webhook was disabled or deleted before',
    }),
    attempts: Type.Integer({ description: 'Since it was last asked for' }),
    next_attempt_at: Type.Optional(Moment('Of one that is pending')),
    attempted_at: Type.Optional(Moment('When the last attempt began')),
    duration_ms: Type.Optional(Type.Integer({ description: 'How long the last attempt took' })),
    answer_status: Type.Optional(Type.Integer({ description: 'Of HTTP, or of the mail server' })),
    last_error: Type.Optional(Type.String({ description: 'Why the last attempt failed' })),
    ended_at: Type.Optional(Moment('When it was delivered, or given up')),
  },
  { title: 'Delivery' },
)
export const DeliveryList = Type.Object(
  {
    deliveries: Type.Array(DeliveryAnswer, { description: 'The newest first' }),
    next: NextPage,
  },
  { title: 'DeliveryList' },
)
export const Redelivered = Type.Object(
  { redelivered: Type.Integer({ description: 'How many are tried again now; where it is the most, ask again' }) },
  { title: 'Redelivered' },
)

export const WebhookPath = Type.Object({ webhook_id: Id() })
export const DeliveryPath = Type.Object({ webhook_id: Id(), delivery_id: Id() })
export const DeliveryState = Type.Optional(
  Type.Unsafe<(typeof DELIVERY_STATES)[number]>({
    type: 'string',
    enum: [...DELIVERY_STATES],
    description: 'Only deliveries in this state',
  }),
)
export const IfMatch = Type.Object({
  'if-match': Type.Optional(Type.String({ maxLength: 200, description: 'The ETag that the change was made from' })),
})

export function webhookAnswerOf(webhook: Webhook): Static<typeof WebhookAnswer> {
  const { kind, address, description, disabledReason, previousSecretUntil } = webhook
  return {
    id: webhook.webhookId,
    revision: webhook.revision,
    kind,
    ...(kind === 'webhook' ? { url: address } : { mail_to: address }),
    events: [...webhook.eventTypes],
    projects: [...webhook.projects],
    format: webhook.format,
    ...(description === null ? {} : { description }),
    enabled: webhook.isEnabled,
    ...(disabledReason === null ? {} : { disabled_reason: disabledReason }),
    ...(previousSecretUntil === null ? {} : { previous_secret_until: previousSecretUntil.toISOString() }),
    created_at: webhook.createdAt.toISOString(),
    created_by: webhook.createdBy,
    changed_at: webhook.changedAt.toISOString(),
    changed_by: webhook.changedBy,
  }
}

export function deliveryAnswerOf(delivery: Delivery): Static<typeof DeliveryAnswer> {
  const { projectName, nextAttemptAt, attemptedAt, durationMs, answerStatus, lastError, endedAt } = delivery
  return {
    id: delivery.deliveryId,
    webhook_id: delivery.webhookId,
    message_id: delivery.messageId,
    type: delivery.type,
    ...(projectName === null ? {} : { project: projectName }),
    happened_at: delivery.happenedAt.toISOString(),
    state: delivery.state,
    attempts: delivery.attempts,
    ...(nextAttemptAt === null ? {} : { next_attempt_at: nextAttemptAt.toISOString() }),
    ...(attemptedAt === null ? {} : { attempted_at: attemptedAt.toISOString() }),
    ...(durationMs === null ? {} : { duration_ms: durationMs }),
    ...(answerStatus === null ? {} : { answer_status: answerStatus }),
    ...(lastError === null ? {} : { last_error: lastError }),
    ...(endedAt === null ? {} : { ended_at: endedAt.toISOString() }),
  }
}
