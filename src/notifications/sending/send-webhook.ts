// One attempt to deliver a message by HTTP: to addresses that were checked, without redirects, within a time.
import { lookup } from 'node:dns/promises'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import PQueue from 'p-queue'
import type { WebhookFormat } from '../webhook.ts'
import { alertmanagerBodyOf } from './alertmanager-body.ts'
import { type AllowedTargets, hostOf } from './allowed-targets.ts'
import { type AttemptAnswer, bodyOf, type Message } from './message.ts'
import { signaturesOf } from './signature.ts'

export interface WebhookSenderParts {
  readonly allowed: AllowedTargets
  readonly timeoutMs: number
  /** Of the worker. */
  readonly version: string
  /** All addresses of a host. Default: as the system resolves it. */
  readonly resolve?: (host: string) => Promise<readonly Address[]>
}

export interface Address {
  readonly address: string
  readonly family: number
}

export interface WebhookTarget {
  readonly url: string
  readonly secrets: readonly Uint8Array[]
  readonly format: WebhookFormat
}

/** The rest of an answer is read up to here, so that a receiver can end it in good order; more is cut off. */
const ANSWER_BYTES_MAX = 65_536
/** Each takes a thread of the pool that reads files, too. */
const RESOLVED_AT_ONCE = 2
/** Longer waits are not granted to receivers. */
const RETRY_AFTER_SECONDS_MAX = 86_400

export class WebhookSender {
  private readonly parts: WebhookSenderParts
  private readonly resolving = new PQueue({ concurrency: RESOLVED_AT_ONCE })

  constructor(parts: WebhookSenderParts) {
    this.parts = parts
  }

  /** Throws only where `stop` is aborted: then the attempt is to be made again. */
  async send({ url, secrets, format }: WebhookTarget, message: Message, stop: AbortSignal): Promise<AttemptAnswer> {
    const { timeoutMs } = this.parts
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const body = format === 'standard' ? bodyOf(message) : alertmanagerBodyOf(message)
      const sent = { messageId: message.messageId, body }
      return await this.attempt(new URL(url), secrets, sent, AbortSignal.any([stop, timeout]))
    } catch (error) {
      stop.throwIfAborted()
      if (timeout.aborted) return { result: 'failed', status: null, error: `no answer within ${timeoutMs / 1000} s` }
      return { result: 'failed', status: null, error: reasonOf(error) }
    }
  }

  private async attempt(
    target: URL,
    secrets: readonly Uint8Array[],
    { messageId, body }: { readonly messageId: string; readonly body: string },
    signal: AbortSignal,
  ): Promise<AttemptAnswer> {
    const { allowed, version } = this.parts
    const addresses = await this.addressesOf(target, signal)
    for (const { address } of addresses) {
      const fault = allowed.faultOfAddress(target, address)
      if (fault !== undefined) return { result: 'failed', status: null, error: fault }
    }
    const seconds = Math.floor(Date.now() / 1000)
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': `ml-worker/${version}`,
      'webhook-id': messageId,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signaturesOf(secrets, { messageId, seconds, body }),
    }
    return post(target, { headers, body, addresses, signal })
  }

  /** The addresses that are checked are those that are connected to: a second look could find others. */
  private async addressesOf(target: URL, signal: AbortSignal): Promise<readonly Address[]> {
    const { resolve = (host) => lookup(host, { all: true }) } = this.parts
    const aborted = Promise.withResolvers<never>()
    const abort = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', abort)
    try {
      const found = this.resolving.add(() => resolve(hostOf(target)), { signal })
      return (await Promise.race([found, aborted.promise])) as readonly Address[]
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
}

interface Posted {
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: string
  readonly addresses: readonly Address[]
  readonly signal: AbortSignal
}

/** Each attempt has a connection of its own: one that is kept may lead to an address that was not checked. */
async function post(target: URL, { headers, body, addresses, signal }: Posted): Promise<AttemptAnswer> {
  const request = target.protocol === 'https:' ? requestHttps : (await import('node:http')).request
  return new Promise((resolve, reject) => {
    const sent = request(target, { method: 'POST', headers, agent: false, lookup: pinnedTo(addresses), signal })
    sent.on('error', reject)
    sent.on('response', (response) => {
      let byteLength = 0
      response.on('data', (part: Buffer) => {
        byteLength += part.length
        if (byteLength > ANSWER_BYTES_MAX) response.destroy()
      })
      // What is counted is the status; the rest may be cut off.
      response.on('error', () => {})
      resolve(answerOf(response.statusCode as number, response.headers['retry-after']))
    })
    sent.end(body)
  })
}

function pinnedTo(addresses: readonly Address[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses
    if (first === undefined) callback(new Error('the host has no address'), '', 0)
    else if (all === true) callback(null, [...addresses])
    else callback(null, first.address, first.family)
  }
}

function answerOf(status: number, retryAfter: string | undefined): AttemptAnswer {
  if (status >= 200 && status < 300) return { result: 'delivered', status }
  if (status === 410)
    return { result: 'gone', status, error: 'the answer was 410: nothing is to be sent there any more' }
  const error =
    status >= 300 && status < 400
      ? `the answer was ${status}: redirects are not followed`
      : `the answer was ${status}, and not 2xx`
  const seconds = retryAfterSeconds(retryAfter)
  return { result: 'failed', status, error, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterSeconds(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const seconds = /^[0-9]{1,9}$/.test(value.trim()) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.min(RETRY_AFTER_SECONDS_MAX, Math.max(0, seconds))
}

function reasonOf(error: unknown): string {
  const { message, code, errors } = error as { message?: string; code?: string; errors?: readonly unknown[] }
  // An attempt on several addresses has an error of each, and no message.
  if (errors !== undefined && errors.length > 0) return reasonOf(errors[0])
  return message || code || String(error)
}
