// One attempt to deliver a message, whatever the kind of its receiver.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { SealedError } from '../../encryption/sealed-layout.ts'
import { openedSecret } from '../secrets.ts'
import type { Webhook } from '../webhook.ts'
import { readSecrets } from '../webhooks-table.ts'
import type { AttemptAnswer, Message } from './message.ts'
import type { MailSender } from './send-mail.ts'
import type { WebhookSender } from './send-webhook.ts'

export interface SenderParts {
  readonly ownSchema: OwnSchema
  readonly keys: KeyRing
  readonly webhooks: WebhookSender
  /** Undefined without a mail server. */
  readonly mail: MailSender | undefined
}

export class Sender {
  private readonly parts: SenderParts

  constructor(parts: SenderParts) {
    this.parts = parts
  }

  /** Throws where `stop` is aborted, and what the database throws: then the attempt is to be made again. */
  async send(
    { webhookId, kind, address, format }: Webhook,
    message: Message,
    stop: AbortSignal,
  ): Promise<AttemptAnswer> {
    const { mail, webhooks } = this.parts
    if (kind === 'mail') {
      if (mail === undefined)
        return { result: 'failed', status: null, error: 'the worker has no mail server: SMTP_URL' }
      return mail.send({ webhookId, address }, message, stop)
    }
    const secrets = await this.secretsOf(webhookId)
    if (typeof secrets === 'string') return { result: 'failed', status: null, error: secrets }
    return webhooks.send({ url: address, secrets, format }, message, stop)
  }

  /** Or why there are none. */
  private async secretsOf(webhookId: number): Promise<Buffer[] | string> {
    const { ownSchema, keys } = this.parts
    const { secret = null, previousSecret = null } = (await readSecrets(ownSchema.pool, webhookId)) ?? {}
    const stored = [secret, previousSecret].filter((each) => each !== null)
    if (stored.length === 0) return 'the webhook has no secret: it was deleted'
    try {
      return stored.map((each) => openedSecret(keys, webhookId, each))
    } catch (error) {
      if (error instanceof SealedError) return `the secret cannot be opened: ${error.message}`
      throw error
    }
  }
}
