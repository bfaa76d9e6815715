// A running service for a test, on a database of its own, spoken to over real HTTP.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import type { Test } from 'tap'
import { type Config, readConfig } from '../../src/config.ts'
import { logOptions } from '../../src/log.ts'
import { type Service, startService } from '../../src/service.ts'
import { requireDocumented } from './openapi.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly body: any
}

export interface TestService {
  readonly service: Service
  readonly dataDir: string
  /** Every line that was logged so far. */
  readonly logged: Record<string, unknown>[]
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  /** Sends JSON, or a string or bytes as they are. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  /** With another method; a body as post sends it. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** As post. */
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  delete(path: string, headers?: Record<string, string>): Promise<Answer>
  train(modelName: string, runId: number, body: unknown): Promise<Answer>
  predict(runId: number, body: unknown, query?: string): Promise<Answer>
}

/** Calls on a service. */
export type TestClient = Pick<TestService, 'get' | 'post' | 'put' | 'request' | 'delete' | 'train' | 'predict'>

/** Starts a service with the models of test/models unless told otherwise; it is closed when the test ends. */
export async function startTestService(
  t: Test,
  settings: Partial<Record<keyof Config, string | number>> = {},
): Promise<TestService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ml-worker-test-'))
  const logged: Record<string, unknown>[] = []
  const log = pino(
    logOptions('debug'),
    new Writable({
      write(line, _, done) {
        logged.push(JSON.parse(String(line)))
        done()
      },
    }),
  )
  const environment = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]))
  const defaults = {
    PORT: '0',
    DATA_DIR: dataDir,
    MODELS_DIR: join(import.meta.dirname, '../models'),
    TRAIN_THREADS: '1',
    // The test keeps the same thread busy.
    OVERLOAD_DELAY_MS: '600000',
  }
  const service = await startService(readConfig({ ...defaults, ...environment }, false), log)
  t.teardown(async () => {
    await service.close()
    // A trainer that was killed may write its compiled code to the last.
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20 })
  })
  const client = clientOf(service.url)
  return { service, dataDir, logged, ...client }
}

/**
 * Calls on a service at a URL, as its users make them. Each throws when its answer is not in docs/openapi.json. `always`:
 * headers of every call.
 */
export function clientOf(url: string, always: Record<string, string> = {}): TestClient {
  const answerTo = async (path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Answer> => {
    const response = await fetch(url + path, { ...init, headers: { ...always, ...init.headers } })
    const text = await response.text()
    const { status, headers } = response
    requireDocumented({ method: init.method ?? 'GET', path, status, headers, text })
    const isJson = /[/+]json\b/.test(headers.get('content-type') ?? '')
    return { status, headers, body: isJson ? JSON.parse(text) : text }
  }
  const request: TestService['request'] = async (method, path, body, headers = {}) => {
    if (body === undefined) return answerTo(path, { method, headers })
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const init = { method, headers: { 'content-type': 'application/json', ...headers } }
    const sent = isRaw ? (body as string) : JSON.stringify(body)
    return answerTo(path, { ...init, body: sent })
  }
  const post: TestService['post'] = (path, body, headers) => request('POST', path, body, headers)
  const put: TestService['put'] = (path, body, headers) => request('PUT', path, body, headers)
  return {
    get: (path, headers = {}) => answerTo(path, { headers }),
    post,
    put,
    request,
    delete: (path, headers) => request('DELETE', path, undefined, headers),
    train: (modelName, runId, body) =>
      post(`/api/train?model_name=${encodeURIComponent(modelName)}&model_run_id=${runId}`, body),
    predict: (runId, body, query = '') => post(`/api/predict?model_run_id=${runId}${query}`, body),
  }
}
