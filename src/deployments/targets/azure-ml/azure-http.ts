// One request to Azure, with an answer of a bounded length.
import { boundedBytes } from '../bounded-bytes.ts'
import { AzureError } from './azure-error.ts'

export interface AzureRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer<ArrayBuffer>
}

export interface AzureBytes {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
}

export interface AzureAnswer {
  readonly status: number
  readonly headers: Headers
  /** Undefined where the answer is empty or not JSON. */
  readonly body: unknown
}

const JSON_BYTES_MAX = 4 * 2 ** 20

/** Throws AzureError with status 0 where there is no answer, and what the signal was aborted with. */
export async function sendTo(url: string, request: AzureRequest, signal: AbortSignal): Promise<AzureAnswer> {
  const { status, headers, bytes } = await bytesOf(url, request, signal, JSON_BYTES_MAX)
  return { status, headers, body: parsed(bytes) }
}

/** As sendTo, with the bytes as they come. */
export async function bytesOf(
  url: string,
  { method, headers, body }: AzureRequest,
  signal: AbortSignal,
  bytesMax: number,
): Promise<AzureBytes> {
  try {
    // A redirection could carry the token to another host.
    const given = { method, headers: { ...headers }, redirect: 'error', signal } as const
    const answer = await fetch(url, body === undefined ? given : { ...given, body })
    const bytes = await boundedBytes(answer, bytesMax)
    if (bytes !== undefined) return { status: answer.status, headers: answer.headers, bytes }
    throw new AzureError(0, 'AnswerTooLarge', `an answer has more than ${bytesMax} bytes`)
  } catch (error) {
    if (error instanceof AzureError) throw error
    // Which end it was decides the caller; a time that is over is no answer.
    if (signal.aborted && (signal.reason as Error | undefined)?.name !== 'TimeoutError') throw signal.reason
    const { host } = new URL(url)
    const { cause, message } = error as Error
    throw new AzureError(0, 'NoAnswer', `${host}: ${cause instanceof Error ? cause.message : message}`, {
      cause: error,
    })
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
