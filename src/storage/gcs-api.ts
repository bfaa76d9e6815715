// Requests of the JSON API of Google Cloud Storage, with the SDK's log-in. The SDK's own requests go through streams that
// throw outside of every promise when a store is overloaded, which would end the worker.
// https://cloud.google.com/storage/docs/json_api/v1
import { setTimeout as pause } from 'node:timers/promises'
import { LateError } from './bounded.ts'
import type { RemoteTimes } from './remote-store.ts'

export interface GcsRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly signal: AbortSignal
}

/** An answer that is no success. */
export class GcsError extends Error {
  override readonly name = 'GcsError'
  readonly status: number
  readonly reason: string

  constructor(status: number, text: string) {
    const { message, reason } = wordsOf(text)
    super(`HTTP ${status} ${message}`.trim())
    this.status = status
    this.reason = reason
  }

  /** Worth another attempt. */
  get mayPass(): boolean {
    return [408, 429, 500, 502, 503, 504].includes(this.status)
  }
}

const FIRST_WAIT_MS = 200
export const RESUME_INCOMPLETE = 308

/** Runs `attempt` until it succeeds, fails for good, or has failed so many times. index: 0 for the first. */
export async function withAttempts<T>(
  { attempts }: RemoteTimes,
  signal: AbortSignal,
  attempt: (index: number) => Promise<T>,
): Promise<T> {
  for (let index = 0; ; index++) {
    try {
      return await attempt(index)
    } catch (error) {
      const mayPass = !(error instanceof GcsError) || error.mayPass
      if (!mayPass || signal.aborted || index + 1 >= attempts) throw error
      await pause(FIRST_WAIT_MS * 2 ** index, undefined, { signal })
    }
  }
}

/**
 * One attempt. Resolves when the head of the answer is there, of a success or of an upload that goes on; its body is read
 * without a time limit. Throws GcsError.
 */
export async function sendOnce(request: GcsRequest, { requestMs }: RemoteTimes): Promise<Response> {
  const { url, signal, method, headers = {}, body } = request
  const controller = new AbortController()
  const cut = (): void => controller.abort(signal.reason)
  const late = (): void => controller.abort(new LateError(requestMs))
  const timer = setTimeout(late, requestMs)
  signal.addEventListener('abort', cut)
  try {
    const given = { method, headers, redirect: 'manual', signal: controller.signal } as const
    const answer = await fetch(url, body === undefined ? given : { ...given, body })
    if (answer.ok || answer.status === RESUME_INCOMPLETE) return answer
    throw new GcsError(answer.status, await answer.text())
  } catch (error) {
    // What went wrong stands in the cause of "fetch failed".
    throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cut)
  }
}

/** Of {"error": {"message", "errors": [{"reason"}]}}, where it is that. */
function wordsOf(text: string): { readonly message: string; readonly reason: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string; errors?: { reason?: string }[] } }
    return { message: error?.message ?? '', reason: error?.errors?.[0]?.reason ?? '' }
  } catch {
    return { message: text, reason: '' }
  }
}
