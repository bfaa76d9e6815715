// What a webhook and a delivery are, as they are kept.
import { ALERT_NOTICE_TYPES, NOTICE_TYPES } from './notices.ts'

export const TEST_TYPE = 'webhook.test'
/** What a webhook may ask for. */
export const EVENT_TYPES = NOTICE_TYPES

/** What messages look like: as Standard Webhooks has them, or as the webhooks of Alertmanager are; only alerts have that form. */
export const WEBHOOK_FORMATS = ['standard', 'alertmanager-v4'] as const
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number]

/** What a webhook of the format may ask for. */
export function eventTypesOf(format: WebhookFormat): readonly string[] {
  return format === 'standard' ? EVENT_TYPES : ALERT_NOTICE_TYPES
}

export type WebhookKind = 'webhook' | 'mail'

/** What can be said and changed of a webhook. */
export interface WebhookContent {
  /** A URL, or a mail address. */
  readonly address: string
  /** Empty: all. */
  readonly eventTypes: readonly string[]
  /** Empty: all, and what is about no project. */
  readonly projects: readonly string[]
  readonly description: string | null
  readonly format: WebhookFormat
  readonly isEnabled: boolean
}

export interface Webhook extends WebhookContent {
  readonly webhookId: number
  readonly kind: WebhookKind
  readonly revision: number
  /** Why the worker disabled it. */
  readonly disabledReason: string | null
  /** How long the secret of before signs too; null where none does. */
  readonly previousSecretUntil: Date | null
  readonly createdAt: Date
  readonly createdBy: string
  readonly changedAt: Date
  readonly changedBy: string
}

export const DELIVERY_STATES = ['pending', 'delivered', 'dead', 'cancelled'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export interface Delivery {
  readonly deliveryId: number
  readonly webhookId: number
  readonly messageId: string
  readonly type: string
  readonly projectName: string | null
  readonly happenedAt: Date
  readonly state: DeliveryState
  readonly attempts: number
  /** Null unless it is pending. */
  readonly nextAttemptAt: Date | null
  readonly attemptedAt: Date | null
  readonly durationMs: number | null
  readonly answerStatus: number | null
  readonly lastError: string | null
  readonly endedAt: Date | null
}
