// Brings notices to those who asked for them. All workers may look at once: a delivery is claimed for a time, and one whose
// worker is gone is due again after that. So a receiver may get a message twice, under the same webhook-id.
import type { Logger } from 'pino'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction } from '../database/pool.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import { KickedLooks } from '../kicked-looks.ts'
import {
  type AttemptEnd,
  addressNotices,
  type ClaimedDelivery,
  cancelDeliveries,
  claimDeliveries,
  endAttempt,
  giveBack,
  listDueWebhooks,
} from './deliveries-table.ts'
import type { AttemptAnswer } from './sending/message.ts'
import type { Sender } from './sending/sender.ts'
import type { Webhook, WebhookKind } from './webhook.ts'
import { disableWebhook, findWebhook } from './webhooks-table.ts'

export type AttemptOutcome = 'delivered' | 'failed' | 'dead'

export interface DispatcherParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly sender: Sender
  /** Of one attempt. */
  readonly timeoutMs: number
  /** Waits after failed attempts, in seconds. */
  readonly retrySeconds: readonly number[]
  readonly onAttempt: (kind: WebhookKind, outcome: AttemptOutcome) => void
  readonly log: Logger
  /** Of [0, 1). Default: Math.random. */
  readonly random?: () => number
}

const NOTICES_AT_ONCE = 200
/** Webhooks that are delivered to at once: one that answers slowly holds up none of the others. */
const LANES_MAX = 16
/** Deliveries to one webhook at once. */
const AT_ONCE = 4
/** Beyond the time of an attempt, for its end to be written. */
const HELD_MARGIN_SECONDS = 10
/** From what is appended to the first look: its transaction is to be committed by then. */
const KICK_MS = 200
/** A receiver that failed many at once is not to get all of them again at once. */
const JITTER = 0.2
const GONE = 'the receiver answered 410: nothing is to be sent there any more'
const WORKER: Caller = { actor: 'worker/notifications', address: null, requestId: null }

/** The deliveries to one webhook that are under way. */
interface Lane {
  isOver: Promise<void>
  /** Says that there may be more to deliver. */
  wake: () => void
}

export class Dispatcher {
  private readonly parts: DispatcherParts
  private readonly lanes = new Map<number, Lane>()
  private readonly looks: KickedLooks

  constructor(parts: DispatcherParts) {
    this.parts = parts
    const onFailure = (error: unknown): void => this.logged(error)
    this.looks = new KickedLooks({ look: (signal) => this.lookNow(signal), afterMs: KICK_MS, onFailure })
  }

  /** Looks soon: there may be something to deliver. */
  kick(): void {
    this.looks.kick()
  }

  /** Begins to deliver what is due, and waits for none of it. Throws what the database throws. */
  look(): Promise<void> {
    return this.looks.look()
  }

  /** Breaks off what is under way: it is due again at once, here or in another worker. */
  async close(): Promise<void> {
    await this.looks.close()
    await Promise.all([...this.lanes.values()].map(({ isOver }) => isOver))
  }

  private async lookNow(signal: AbortSignal): Promise<void> {
    const { pool } = this.parts.ownSchema
    if (!(await this.parts.ownSchema.isUsable())) return
    while ((await addressNotices(pool, NOTICES_AT_ONCE)) === NOTICES_AT_ONCE) signal.throwIfAborted()
    for (const lane of this.lanes.values()) lane.wake()
    const free = LANES_MAX - this.lanes.size
    if (free === 0) return
    for (const webhookId of await listDueWebhooks(pool, [...this.lanes.keys()], free)) this.beginLane(webhookId)
  }

  private beginLane(webhookId: number): void {
    const lane: Lane = { isOver: Promise.resolve(), wake() {} }
    this.lanes.set(webhookId, lane)
    lane.isOver = this.deliverAll(webhookId, lane)
      .catch((error) => this.logged(error))
      .finally(() => {
        this.lanes.delete(webhookId)
        // Others may have waited for its place.
        if (this.lanes.size === LANES_MAX - 1) this.kick()
      })
  }

  /** Until nothing of the webhook is due. One that waits for its answer holds up no other but by its place. */
  private async deliverAll(webhookId: number, lane: Lane): Promise<void> {
    const { pool } = this.parts.ownSchema
    const heldSeconds = this.parts.timeoutMs / 1000 + HELD_MARGIN_SECONDS
    const underWay = new Set<Promise<void>>()
    const failures: unknown[] = []
    try {
      while (!this.looks.signal.aborted && failures.length === 0) {
        // From before the claim: what becomes due behind it is not missed.
        const woken = new Promise<void>((resolve) => {
          lane.wake = resolve
        })
        const webhook = await findWebhook(pool, webhookId)
        if (webhook === undefined || !webhook.isEnabled) break
        const room = AT_ONCE - underWay.size
        for (const delivery of await claimDeliveries(pool, webhookId, { limit: room, heldSeconds })) {
          const attempt: Promise<void> = this.deliver(webhook, delivery)
            .catch((error) => void failures.push(error))
            .finally(() => underWay.delete(attempt))
          underWay.add(attempt)
        }
        if (underWay.size === 0) break
        await Promise.race(underWay.size < AT_ONCE ? [...underWay, woken] : underWay)
      }
    } finally {
      await Promise.all(underWay)
    }
    if (failures.length > 0) throw failures[0]
  }

  private async deliver(webhook: Webhook, delivery: ClaimedDelivery): Promise<void> {
    const { sender, onAttempt, log, ownSchema } = this.parts
    const { webhookId, kind } = webhook
    const startedAt = performance.now()
    let answer: AttemptAnswer
    try {
      answer = await sender.send(webhook, delivery.message, this.looks.signal)
    } catch (error) {
      if (!this.looks.signal.aborted) throw error
      await giveBack(ownSchema.pool, delivery)
      return
    }
    const end = this.endOf(delivery, answer, performance.now() - startedAt)
    const outcome = end.state === 'pending' ? 'failed' : end.state
    onAttempt(kind, outcome)
    const { deliveryId, attempts } = delivery
    const told = { webhookId, deliveryId, attempt: attempts, status: answer.status, detail: answer.error }
    if (outcome === 'dead') log.warn(told, 'a notice could not be delivered; it is not tried again')
    else log.debug(told, outcome === 'failed' ? 'an attempt to deliver a notice failed' : 'a notice is delivered')
    if (answer.result === 'gone') await this.disable(webhook, delivery, end)
    else await endAttempt(ownSchema.pool, delivery, end)
  }

  private endOf({ attempts }: ClaimedDelivery, answer: AttemptAnswer, durationMs: number): AttemptEnd {
    const { result, status, error = null, retryAfterSeconds = 0 } = answer
    const { retrySeconds, random = Math.random } = this.parts
    const wait = result === 'failed' ? retrySeconds[attempts - 1] : undefined
    const waitSeconds = wait === undefined ? 0 : Math.max(wait * (1 + JITTER * random()), retryAfterSeconds)
    const state = result === 'delivered' ? 'delivered' : wait === undefined ? 'dead' : 'pending'
    return { state, waitSeconds, durationMs, status, error }
  }

  /** The receiver is gone: nothing is sent there until somebody enables the webhook again. */
  private async disable({ webhookId }: Webhook, delivery: ClaimedDelivery, end: AttemptEnd): Promise<void> {
    const { ownSchema, audit, log } = this.parts
    const isDisabled = await inTransaction(ownSchema.pool, async (tx) => {
      await endAttempt(tx, delivery, end)
      if (!(await disableWebhook(tx, webhookId, GONE, WORKER.actor))) return false
      await cancelDeliveries(tx, webhookId)
      const details = { answer: end.status }
      const event = { caller: WORKER, action: 'webhook.disable', resource: `webhook/${webhookId}`, details }
      await audit.append(tx, event)
      return true
    })
    if (isDisabled) log.warn({ webhookId }, 'a webhook is disabled: its receiver answered 410')
  }

  private logged(error: unknown): void {
    if (this.looks.signal.aborted || isDatabaseUnavailable(error)) {
      this.parts.log.debug({ err: error }, 'deliveries wait for the database')
    } else this.parts.log.warn({ err: error }, 'deliveries are looked at again later')
  }
}
