// Webhooks as routes make, change and delete them; each change with its entry in the audit. No secret is in any of them.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Static } from '@sinclair/typebox'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import type { KeyRing } from '../encryption/key-ring.ts'
import { invalidRequest, ServiceError } from '../errors.ts'
import { requireMatch } from '../revisions.ts'
import { MemberFaults, type WellFormed } from '../rows/member-faults.ts'
import { cancelDeliveries } from './deliveries-table.ts'
import { storedSecret } from './secrets.ts'
import type { AllowedTargets } from './sending/allowed-targets.ts'
import { newSecret, shownSecret } from './sending/signature.ts'
import type { Webhook, WebhookContent, WebhookKind } from './webhook.ts'
import { addChangeFaults, addNewFaults, contentOf } from './webhook-request.ts'
import type { ChangeWebhook, CreateWebhook } from './webhook-schemas.ts'
import {
  countWebhooks,
  deleteWebhook,
  findWebhook,
  insertWebhook,
  listWebhooks,
  lockWebhook,
  replaceSecret,
  updateWebhook,
} from './webhooks-table.ts'

export interface WebhooksParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly keys: KeyRing
  readonly allowed: AllowedTargets
  /** Whether the worker has a mail server. */
  readonly sendsMail: boolean
}

/** A webhook with its secret, to be shown once; mail has none. */
export interface NewWebhook {
  readonly webhook: Webhook
  readonly secret: string | undefined
}

export const WEBHOOKS_MAX = 100

export class Webhooks {
  private readonly parts: WebhooksParts

  constructor(parts: WebhooksParts) {
    this.parts = parts
  }

  /** Adds what stands against a new webhook. */
  addNewFaults(given: WellFormed<Static<typeof CreateWebhook>>, faults: MemberFaults): void {
    addNewFaults(given, this.parts.allowed, faults)
  }

  /** Adds what stands against a change of that one. */
  addChangeFaults(given: WellFormed<Static<typeof ChangeWebhook>>, before: Webhook, faults: MemberFaults): void {
    addChangeFaults(given, before, this.parts.allowed, faults)
  }

  /** Adds what stands against another secret of that one. */
  addSecretFault({ kind }: Webhook, faults: MemberFaults): void {
    if (kind === 'mail') faults.add({ in: 'body', detail: 'mail is not signed: it has no secret' })
  }

  /** Of content without faults. Throws ServiceError MAIL_OFF, WEBHOOKS_TOO_MANY. */
  async create(kind: WebhookKind, content: WebhookContent, caller: Caller): Promise<NewWebhook> {
    await this.parts.ownSchema.require()
    if (kind === 'mail' && !this.parts.sendsMail) {
      throw new ServiceError('MAIL_OFF', 'the worker has no mail server; set SMTP_URL and MAIL_FROM')
    }
    return inTransaction(this.parts.ownSchema.pool, async (tx) => {
      if ((await countWebhooks(tx)) >= WEBHOOKS_MAX) {
        throw new ServiceError(
          'WEBHOOKS_TOO_MANY',
          `there are ${WEBHOOKS_MAX} webhooks, the most that may be; delete one`,
        )
      }
      const webhook = await insertWebhook(tx, kind, content, caller.actor)
      const secret = kind === 'webhook' ? await this.giveSecret(tx, webhook.webhookId, 0, caller) : undefined
      await this.tell(tx, 'webhook.create', { after: webhook, caller })
      return { webhook, secret: secret?.shown }
    })
  }

  async list(): Promise<Webhook[]> {
    await this.parts.ownSchema.require()
    return listWebhooks(this.parts.ownSchema.pool)
  }

  /** Throws ServiceError WEBHOOK_UNKNOWN. */
  async find(webhookId: number): Promise<Webhook> {
    await this.parts.ownSchema.require()
    return (await findWebhook(this.parts.ownSchema.pool, webhookId)) ?? unknown(webhookId)
  }

  /**
   * Where all is as it was, nothing is written. One that is disabled lets go of what is on its way. Throws ServiceError WEBHOOK_UNKNOWN, PRECONDITION_…, REQUEST_INVALID.
   */
  update(
    webhookId: number,
    ifMatch: string | undefined,
    given: Static<typeof ChangeWebhook>,
    caller: Caller,
  ): Promise<Webhook> {
    return this.change(webhookId, ifMatch, async (tx, before) => {
      requireNone((faults) => this.addChangeFaults(given, before, faults))
      const content = contentOf(before.kind, given, before)
      if (isDeepStrictEqual(content, contentIn(before))) return before
      const after = await updateWebhook(tx, webhookId, content, caller.actor)
      if (!after.isEnabled) await cancelDeliveries(tx, webhookId)
      await this.tell(tx, 'webhook.update', { before, after, caller })
      return after
    })
  }

  /** What is on its way is cancelled. Throws ServiceError WEBHOOK_UNKNOWN, PRECONDITION_…. */
  remove(webhookId: number, ifMatch: string | undefined, caller: Caller): Promise<Webhook> {
    return this.change(webhookId, ifMatch, async (tx, before) => {
      await deleteWebhook(tx, webhookId, caller.actor)
      await cancelDeliveries(tx, webhookId)
      await this.tell(tx, 'webhook.delete', { before, caller })
      return before
    })
  }

  /**
   * Gives it another secret; that of before signs beside it for so many seconds. Throws ServiceError WEBHOOK_UNKNOWN,
   * PRECONDITION_…, REQUEST_INVALID of mail.
   */
  rotate(webhookId: number, ifMatch: string | undefined, overlapSeconds: number, caller: Caller): Promise<NewWebhook> {
    return this.change(webhookId, ifMatch, async (tx, before) => {
      requireNone((faults) => this.addSecretFault(before, faults))
      const { shown, webhook } = await this.giveSecret(tx, webhookId, overlapSeconds, caller)
      await this.tell(tx, 'webhook.rotate', { before, after: webhook, caller })
      return { webhook, secret: shown }
    })
  }

  private async giveSecret(
    tx: Transaction,
    webhookId: number,
    overlapSeconds: number,
    caller: Caller,
  ): Promise<{ readonly shown: string; readonly webhook: Webhook }> {
    const secret = newSecret()
    const stored = storedSecret(this.parts.keys, webhookId, secret)
    const webhook = await replaceSecret(tx, webhookId, stored, { overlapSeconds, by: caller.actor })
    return { shown: shownSecret(secret), webhook }
  }

  private async change<T>(
    webhookId: number,
    ifMatch: string | undefined,
    work: (tx: Transaction, before: Webhook) => Promise<T>,
  ): Promise<T> {
    await this.parts.ownSchema.require()
    return inTransaction(this.parts.ownSchema.pool, async (tx) => {
      const before = (await lockWebhook(tx, webhookId)) ?? unknown(webhookId)
      requireMatch(ifMatch, before.revision, `webhook ${webhookId}`)
      return work(tx, before)
    })
  }

  private tell(
    tx: Transaction,
    action: string,
    { before, after, caller }: { before?: Webhook; after?: Webhook; caller: Caller },
  ): Promise<void> {
    const { webhookId, kind, eventTypes, projects, format, isEnabled } = (after ?? before) as Webhook
    return this.parts.audit.append(tx, {
      caller,
      action,
      resource: `webhook/${webhookId}`,
      before: before && digestOf(before),
      after: after && digestOf(after),
      // No address: mail has persons' names in it, and a URL may have a secret.
      details: { kind, events: eventTypes, projects, format, enabled: isEnabled },
    })
  }
}

export function unknown(webhookId: number): never {
  throw new ServiceError('WEBHOOK_UNKNOWN', `there is no webhook ${webhookId}`)
}

export function contentIn(webhook: WebhookContent): WebhookContent {
  const { address, eventTypes, projects, description, format, isEnabled } = webhook
  return { address, eventTypes, projects, description, format, isEnabled }
}

/** Throws ServiceError REQUEST_INVALID with the faults that are added. */
function requireNone(addFaults: (faults: MemberFaults) => void): void {
  const faults = new MemberFaults()
  addFaults(faults)
  if (!faults.isEmpty) throw invalidRequest(faults)
}

/** Of all that can be changed; never of a secret. */
function digestOf({ kind, revision, ...webhook }: Webhook): string {
  return createHash('sha256')
    .update(JSON.stringify({ kind, revision, ...contentIn(webhook) }))
    .digest('hex')
}
