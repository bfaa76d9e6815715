// One attempt to deliver a message by mail. Loaded, with its package, where SMTP_URL is set.
import { createTransport } from 'nodemailer'
import { mailTextOf } from './mail-text.ts'
import type { AttemptAnswer, Message } from './message.ts'

export interface MailSenderParts {
  /** smtp://… or smtps://…. */
  readonly url: string
  readonly from: string
  readonly timeoutMs: number
}

export interface MailSender {
  /** Throws only where `stop` is aborted. */
  send(to: MailTarget, message: Message, stop: AbortSignal): Promise<AttemptAnswer>
  close(): void
}

export interface MailTarget {
  readonly webhookId: number
  readonly address: string
}

export function mailSender({ url, from, timeoutMs }: MailSenderParts): MailSender {
  const times = {
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  }
  // Nothing of a message is to be read from a file or an address.
  const transport = createTransport({ url, ...times, disableFileAccess: true, disableUrlAccess: true })
  const domain = from.replace(/^.*@/, '').replace(/>$/, '')
  return {
    async send({ webhookId, address }, message, stop) {
      const { subject, text } = mailTextOf(message)
      // The same in every attempt: a mail program shows a message that came twice once.
      const messageId = `<${message.messageId}.${webhookId}@${domain}>`
      const headers = { 'Auto-Submitted': 'auto-generated' }
      const late = Promise.withResolvers<never>()
      const timer = setTimeout(() => late.reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
      const abort = (): void => late.reject(stop.reason)
      stop.addEventListener('abort', abort)
      try {
        stop.throwIfAborted()
        await Promise.race([transport.sendMail({ from, to: address, subject, text, messageId, headers }), late.promise])
        return { result: 'delivered', status: 250 }
      } catch (error) {
        stop.throwIfAborted()
        return answerOf(error)
      } finally {
        clearTimeout(timer)
        stop.removeEventListener('abort', abort)
      }
    },
    close: () => transport.close(),
  }
}

/** A server that refuses the recipient for good (RFC 5321: 5xx to RCPT) will do so again. */
function answerOf(error: unknown): AttemptAnswer {
  const { message, responseCode, command } = error as { message: string; responseCode?: number; command?: string }
  const status = responseCode ?? null
  const isFinal = status !== null && status >= 500 && command === 'RCPT TO'
  return { result: isFinal ? 'refused' : 'failed', status, error: `the mail server: ${message}` }
}
