// The API of Kubernetes, as far as the worker needs it: JSON over HTTPS, with the token and the authority of a service account.
import { readFile } from 'node:fs/promises'
import { Agent, type RequestOptions, request as secureRequest } from 'node:https'

export interface KubernetesSettings {
  readonly KUBERNETES_API_URL: string
  readonly KUBERNETES_TOKEN_FILE: string
  readonly KUBERNETES_CA_FILE: string
}

/** status: of HTTP; 0 where there was no answer. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** Of one call. */
const TIMEOUT_MS = 15_000
const ANSWER_LENGTH_MAX = 16 * 2 ** 20

/** Calls throw KubernetesError, and what the signal was aborted with. Token and authorities are read anew, as they are renewed. */
export class KubernetesApi {
  private readonly settings: KubernetesSettings
  private agent: { readonly ca: string; readonly agent: Agent } | undefined

  constructor(settings: KubernetesSettings) {
    this.settings = settings
  }

  /** Undefined where there is no such object. */
  async get<T>(path: string, signal: AbortSignal): Promise<T | undefined> {
    try {
      return (await this.call('GET', path, signal)) as T
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return undefined
      throw error
    }
  }

  /** Throws status 409 where the object is there. */
  async create<T>(path: string, object: T, signal: AbortSignal): Promise<T> {
    return (await this.call('POST', path, signal, { type: 'application/json', value: object })) as T
  }

  /** A merge patch. Throws status 409 where it names another resourceVersion than the object has. */
  async patch<T>(path: string, change: object, signal: AbortSignal): Promise<T> {
    return (await this.call('PATCH', path, signal, { type: 'application/merge-patch+json', value: change })) as T
  }

  /** Does nothing where there is no such object. What belongs to it goes first. */
  async delete(path: string, signal: AbortSignal): Promise<void> {
    const value = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' }
    try {
      await this.call('DELETE', path, signal, { type: 'application/json', value })
    } catch (error) {
      if (!(error instanceof KubernetesError && error.status === 404)) throw error
    }
  }

  close(): void {
    this.agent?.agent.destroy()
  }

  private async call(
    method: Method,
    path: string,
    signal: AbortSignal,
    body?: { readonly type: string; readonly value: unknown },
  ): Promise<unknown> {
    const { KUBERNETES_API_URL, KUBERNETES_TOKEN_FILE, KUBERNETES_CA_FILE } = this.settings
    const url = new URL(KUBERNETES_API_URL.replace(/\/+$/, '') + path)
    const token = KUBERNETES_TOKEN_FILE === '' ? '' : (await textIn(KUBERNETES_TOKEN_FILE)).trim()
    const isSecure = url.protocol === 'https:'
    const agent = isSecure && KUBERNETES_CA_FILE !== '' ? this.agentOf(await textIn(KUBERNETES_CA_FILE)) : undefined
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body.value))
    const options: RequestOptions = {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(agent === undefined ? {} : { agent }),
      headers: {
        accept: 'application/json',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(bytes === undefined ? {} : { 'content-type': body?.type, 'content-length': bytes.length }),
      },
    }
    const { status, text } = await answerOf(url, options, bytes).catch((error) => {
      if (signal.aborted) throw signal.reason
      throw new KubernetesError(0, `the API of Kubernetes at ${url.host}: ${wordsOf(error)}`, { cause: error })
    })
    const value = jsonIn(text)
    if (status >= 200 && status < 300) return value
    const { message = text.slice(0, 200) } = (value ?? {}) as { readonly message?: string }
    throw new KubernetesError(status, `the API of Kubernetes answers ${status}: ${message}`)
  }

  private agentOf(ca: string): Agent {
    if (this.agent?.ca !== ca) {
      this.agent?.agent.destroy()
      this.agent = { ca, agent: new Agent({ ca, keepAlive: true }) }
    }
    return this.agent.agent
  }
}

async function answerOf(
  url: URL,
  options: RequestOptions,
  body: Buffer | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  const send = url.protocol === 'https:' ? secureRequest : (await import('node:http')).request
  return new Promise((resolve, reject) => {
    const request = send(url, options, (answer) => {
      const parts: Buffer[] = []
      let length = 0
      answer.on('data', (part: Buffer) => {
        parts.push(part)
        length += part.length
        if (length > ANSWER_LENGTH_MAX) answer.destroy(new Error(`more than ${ANSWER_LENGTH_MAX} bytes`))
      })
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function textIn(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new KubernetesError(0, `the API of Kubernetes needs ${path}: ${(error as Error).message}`, { cause: error })
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function wordsOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return message || code || String(error)
}
