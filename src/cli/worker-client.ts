// Calls of the command line on a running worker, as any other caller of its API.
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { ConfigError, readConfig } from '../config.ts'
import type { Fault } from '../model/faults.ts'
import { CommandError, RefusedError } from './command.ts'

/** Of a call; a training is waited for by many of them. */
const TIMEOUT_MS = 60_000
const POLL_MS = 500

export interface WorkerAnswer<T> {
  readonly body: T
  /** What a change of it must name. */
  readonly etag: string | undefined
}

interface SentBody {
  readonly bytes: string | Uint8Array<ArrayBuffer>
  readonly mediaType: string
}

interface Problem {
  readonly code?: string
  readonly detail?: string
  readonly errors?: readonly Fault[]
}

export class WorkerClient {
  private readonly url: string
  private readonly token: string

  /** Takes ML_WORKER_URL and ML_WORKER_TOKEN. Throws CommandError when these, or other settings, are wrong. */
  constructor() {
    try {
      const { ML_WORKER_URL, ML_WORKER_TOKEN, PORT } = readConfig()
      this.url = (ML_WORKER_URL || `http://127.0.0.1:${PORT}`).replace(/\/+$/, '')
      this.token = ML_WORKER_TOKEN
    } catch (error) {
      if (error instanceof ConfigError) throw new CommandError(error.message, { cause: error })
      throw error
    }
  }

  async get<T>(path: string, query: Readonly<Record<string, unknown>> = {}): Promise<WorkerAnswer<T>> {
    const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    const text = new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString()
    return this.call('GET', text === '' ? path : `${path}?${text}`)
  }

  /** ifMatch: the etag of what the change was made from. Throws RefusedError with the faults that the worker finds, else CommandError. */
  async send<T>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    ifMatch?: string,
  ): Promise<WorkerAnswer<T>> {
    const sent = body === undefined ? undefined : { bytes: JSON.stringify(body), mediaType: 'application/json' }
    return this.call(method, path, sent, ifMatch === undefined ? {} : { 'if-match': ifMatch })
  }

  /** GET of a file: writes its bytes to a new file. Throws as send does, and CommandError where the file is there. */
  async download(path: string, file: string): Promise<void> {
    const response = await this.fetched('GET', path)
    if (!response.ok || response.body === null) {
      const text = await this.textOf(response)
      throw refusalOf(response.status, text, jsonIn(text))
    }
    try {
      await pipeline(response.body, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
    } catch (error) {
      throw new CommandError(`${file} cannot be written: ${reasonOf(error)}`, { cause: error })
    }
  }

  /** POST of rows in any form. Throws as send does. */
  async sendBytes<T>(path: string, bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<WorkerAnswer<T>> {
    return this.call('POST', path, { bytes, mediaType })
  }

  /** Asks again and again until `isDone`, and gives that answer. */
  async until<T>(path: string, isDone: (body: T) => boolean): Promise<T> {
    for (;;) {
      const { body } = await this.get<T>(path)
      if (isDone(body)) return body
      await pause(POLL_MS)
    }
  }

  private async call<T>(
    method: string,
    path: string,
    body?: SentBody,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WorkerAnswer<T>> {
    const response = await this.fetched(method, path, body, headers)
    const text = await this.textOf(response)
    const answer = jsonIn(text)
    if (!response.ok || answer === undefined) throw refusalOf(response.status, text, answer)
    return { body: answer as T, etag: response.headers.get('etag') ?? undefined }
  }

  private async fetched(
    method: string,
    path: string,
    body?: SentBody,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const authorization = this.token === '' ? {} : { authorization: `Bearer ${this.token}` }
    const type = body === undefined ? {} : { 'content-type': body.mediaType }
    try {
      return await fetch(this.url + path, {
        method,
        headers: { ...type, ...authorization, ...headers },
        ...(body === undefined ? {} : { body: body.bytes }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        // A token must not follow to another place.
        redirect: 'error',
      })
    } catch (error) {
      throw this.unanswered(error)
    }
  }

  private async textOf(response: Response): Promise<string> {
    try {
      return await response.text()
    } catch (error) {
      throw this.unanswered(error)
    }
  }

  private unanswered(error: unknown): CommandError {
    const { cause = error } = error as { cause?: unknown }
    const reason = reasonOf(cause)
    const next = 'set ML_WORKER_URL to where one answers'
    return new CommandError(`no worker answers at ${this.url} (ML_WORKER_URL): ${reason}; ${next}`, { cause: error })
  }
}

function reasonOf(cause: unknown): string {
  const { message, code } = cause as { message?: string; code?: string }
  return message || code || String(cause)
}

/** Undefined where the text is no JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** In the words of the worker, where it is one. */
function refusalOf(status: number, text: string, answer: unknown): CommandError | RefusedError {
  const problem = (answer ?? {}) as Problem
  const { code, detail, errors = [] } = problem
  if (code === undefined) {
    return new CommandError(`the answer is ${status}, and not of a worker: ${text.slice(0, 200)}`)
  }
  if (errors.length > 0) return new RefusedError(errors)
  const next = code === 'UNAUTHENTICATED' ? '; set ML_WORKER_TOKEN to an API token (npx ml-worker token create)' : ''
  return new CommandError(`${next === '' ? `${code}: ` : ''}${detail}${next}`)
}
