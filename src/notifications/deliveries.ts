// Deliveries as routes show them and ask for them again.
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import {
  type DeliveryFilter,
  findDelivery,
  insertDelivery,
  listDeliveries,
  redeliver,
  redeliverDead,
} from './deliveries-table.ts'
import { newMessageId } from './notices.ts'
import { insertNotice } from './notices-table.ts'
import { type Delivery, TEST_TYPE, type Webhook } from './webhook.ts'
import { unknown } from './webhooks.ts'
import { findWebhook, lockWebhook } from './webhooks-table.ts'

export interface DeliveriesParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  /** Called when there is something to deliver. */
  readonly onDue: () => void
}

/** Dead deliveries that one call asks for again. */
export const REDELIVERED_MAX = 1_000

export class Deliveries {
  private readonly parts: DeliveriesParts

  constructor(parts: DeliveriesParts) {
    this.parts = parts
  }

  /** The newest first; of all webhooks, those that are deleted too, or of one. Throws ServiceError WEBHOOK_UNKNOWN. */
  async list(filter: DeliveryFilter): Promise<Delivery[]> {
    const { ownSchema } = this.parts
    await ownSchema.require()
    const { webhookId } = filter
    if (webhookId !== undefined && (await findWebhook(ownSchema.pool, webhookId)) === undefined) unknown(webhookId)
    return listDeliveries(ownSchema.pool, filter)
  }

  /** Sends a message of the type webhook.test to one webhook. Throws ServiceError WEBHOOK_UNKNOWN, WEBHOOK_DISABLED. */
  test(webhookId: number, caller: Caller): Promise<Delivery> {
    return this.begin(webhookId, 'webhook.test', caller, async (tx) => {
      const json = JSON.stringify({ webhook_id: webhookId, message: 'This is a test.' })
      const notice = { messageId: newMessageId(), type: TEST_TYPE, project: undefined, json }
      return insertDelivery(tx, await insertNotice(tx, notice), webhookId)
    })
  }

  /**
   * Delivers once more, with all attempts, under the same webhook-id; one that is pending is tried at once. Throws ServiceError
   * WEBHOOK_UNKNOWN, WEBHOOK_DISABLED, DELIVERY_UNKNOWN.
   */
  redeliver(webhookId: number, deliveryId: number, caller: Caller): Promise<Delivery> {
    return this.begin(webhookId, 'webhook.redeliver', caller, async (tx) => {
      if ((await findDelivery(tx, webhookId, deliveryId)) === undefined) {
        throw new ServiceError('DELIVERY_UNKNOWN', `webhook ${webhookId} has no delivery ${deliveryId}`)
      }
      await redeliver(tx, deliveryId)
      return deliveryId
    })
  }

  /** The oldest dead ones, up to REDELIVERED_MAX, of webhooks that are enabled. Returns how many. */
  async redeliverDead(webhookId: number | undefined, caller: Caller): Promise<number> {
    const { ownSchema, audit, onDue } = this.parts
    await ownSchema.require()
    const redelivered = await inTransaction(ownSchema.pool, async (tx) => {
      if (webhookId !== undefined) requireEnabled(await findWebhook(tx, webhookId), webhookId)
      const count = await redeliverDead(tx, REDELIVERED_MAX, webhookId)
      const resource = webhookId === undefined ? 'webhook/all' : `webhook/${webhookId}`
      await audit.append(tx, { caller, action: 'webhook.redeliver', resource, details: { deliveries: count } })
      return count
    })
    onDue()
    return redelivered
  }

  private async begin(
    webhookId: number,
    action: string,
    caller: Caller,
    work: (tx: Transaction) => Promise<number>,
  ): Promise<Delivery> {
    const { ownSchema, audit, onDue } = this.parts
    await ownSchema.require()
    const delivery = await inTransaction(ownSchema.pool, async (tx) => {
      requireEnabled(await lockWebhook(tx, webhookId), webhookId)
      const deliveryId = await work(tx)
      const details = { delivery: deliveryId }
      await audit.append(tx, { caller, action, resource: `webhook/${webhookId}`, details })
      return (await findDelivery(tx, webhookId, deliveryId)) as Delivery
    })
    onDue()
    return delivery
  }
}

function requireEnabled(webhook: Webhook | undefined, webhookId: number): void {
  if (webhook === undefined) unknown(webhookId)
  else if (!webhook.isEnabled) {
    const reason = webhook.disabledReason === null ? '' : `: ${webhook.disabledReason}`
    throw new ServiceError('WEBHOOK_DISABLED', `webhook ${webhookId} is disabled${reason}; enable it first`)
  }
}
