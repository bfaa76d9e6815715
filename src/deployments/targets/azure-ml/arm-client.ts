// Calls of Azure Resource Manager: with a token that is renewed, and with the waits that Azure asks for.
import { AzureError, azureErrorOf } from './azure-error.ts'
import { type AzureAnswer, type AzureRequest, sendTo } from './azure-http.ts'
import type { AzureTokens } from './azure-tokens.ts'

/** The operations on online endpoints are held to the OpenAPI document of this version. */
export const API_VERSION = '2025-09-01'

const TIMEOUT_MS = 30_000
/** Azure's own bound of Retry-After. */
const WAIT_MS_MAX = 600_000
/** Where it names none. */
const WAIT_MS = 5_000
const PAGES_MAX = 50

export interface ArmAnswer<Body> {
  readonly body: Body
  /** Where the state of the work that goes on is told; undefined where it is done. */
  readonly operationUrl: string | undefined
  /** How long Azure asks to wait before the next look, in ms. */
  readonly waitMs: number
}

export class ArmClient {
  readonly resource: string
  private readonly tokens: AzureTokens
  private readonly clock: () => number
  /** Azure throttles the caller, not the resource: in ms since 1970. */
  private pausedUntil = 0

  constructor(url: string, tokens: AzureTokens, clock: () => number) {
    this.resource = url.replace(/\/$/, '')
    this.tokens = tokens
    this.clock = clock
  }

  /** Undefined where there is no such resource. Throws AzureError. */
  async get<Body>(path: string, signal: AbortSignal): Promise<Body | undefined> {
    const { status, body } = await this.call('GET', this.urlOf(path), undefined, signal, [404])
    return status === 404 ? undefined : (body as Body)
  }

  /** What stands on all pages of a list. Throws AzureError. */
  async list<Item>(path: string, signal: AbortSignal): Promise<Item[]> {
    const found: Item[] = []
    let url: string | null | undefined = this.urlOf(path)
    for (let page = 0; url && page < PAGES_MAX; page++) {
      const { body } = await this.call('GET', this.ownUrl(url), undefined, signal)
      const { value = [], nextLink } = (body ?? {}) as { value?: Item[]; nextLink?: string | null }
      found.push(...value)
      url = nextLink
    }
    return found
  }

  /** Throws AzureError. */
  async change<Body>(
    method: 'PUT' | 'PATCH' | 'POST' | 'DELETE',
    path: string,
    content: object | undefined,
    signal: AbortSignal,
  ): Promise<ArmAnswer<Body>> {
    const answer = await this.call(method, this.urlOf(path), content, signal, method === 'DELETE' ? [404] : [])
    const operationUrl = answer.headers.get('azure-asyncoperation') ?? answer.headers.get('location') ?? undefined
    return {
      body: answer.body as Body,
      operationUrl,
      waitMs: operationUrl === undefined ? 0 : waitMsOf(answer.headers),
    }
  }

  /** What an operation that has failed says of it; undefined where nothing can be learnt. */
  async reasonOf(operationUrl: string, signal: AbortSignal): Promise<string | undefined> {
    const { body } = await this.call('GET', this.ownUrl(operationUrl), undefined, signal)
    const { error } = (body ?? {}) as { error?: unknown }
    return error === undefined || error === null ? undefined : azureErrorOf(0, body).message
  }

  private async call(
    method: AzureRequest['method'],
    url: string,
    content: object | undefined,
    signal: AbortSignal,
    taken: readonly number[] = [],
  ): Promise<AzureAnswer> {
    const leftMs = this.pausedUntil - this.clock()
    if (leftMs > 0) {
      const seconds = Math.ceil(leftMs / 1000)
      throw new AzureError(429, 'Paused', `Azure asked for a pause, which ends in ${seconds} s`)
    }
    for (let attempt = 1; ; attempt++) {
      const token = await this.tokens.tokenFor(this.resource)
      const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
      const request =
        content === undefined
          ? { method, headers }
          : { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(content) }
      const answer = await sendTo(url, request, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]))
      if ((answer.status >= 200 && answer.status < 300) || taken.includes(answer.status)) return answer
      if (answer.status === 401) this.tokens.drop(this.resource, token)
      // A token may be taken back before its time is over.
      if (answer.status === 401 && attempt === 1) continue
      if (answer.status === 429 || (answer.status === 503 && answer.headers.has('retry-after'))) {
        this.pausedUntil = this.clock() + waitMsOf(answer.headers)
      }
      throw azureErrorOf(answer.status, answer.body)
    }
  }

  private urlOf(path: string): string {
    return `${this.resource}${path}?api-version=${API_VERSION}`
  }

  /** An address that Azure gave. The token goes to no other host. */
  private ownUrl(url: string): string {
    if (URL.canParse(url) && new URL(url).origin === new URL(this.resource).origin) return url
    throw new AzureError(0, 'ForeignAddress', `Azure named an address that is not below ${this.resource}`)
  }
}

/** Retry-After in seconds, or as a date; within its bounds. */
function waitMsOf(headers: Headers): number {
  const given = headers.get('retry-after')
  if (given === null) return WAIT_MS
  const seconds = Number(given)
  const waitMs = Number.isNaN(seconds) ? Date.parse(given) - Date.now() : seconds * 1000
  return Number.isNaN(waitMs) ? WAIT_MS : Math.min(Math.max(waitMs, 0), WAIT_MS_MAX)
}
