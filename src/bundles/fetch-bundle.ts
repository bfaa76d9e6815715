// Fetches a bundle from a URL into a file.
import { open, readFile } from 'node:fs/promises'
import { BUNDLE_LENGTH_MAX, BundleError } from './bundle.ts'

export interface FetchOptions {
  /** Holds the bearer token; undefined where none is needed. */
  readonly tokenFile: string | undefined
  /** Of the whole fetch, in ms. */
  readonly timeoutMs: number
  /** More bytes are refused; default: those of the largest bundle. */
  readonly byteLengthMax?: number
}

/** Of the answer of a server that refuses, in bytes. */
const REFUSAL_LENGTH_MAX = 2 ** 16

/**
 * Writes what the URL gives to a new file at `path`. No redirect is followed, for the token must not go to another place.
 * Throws BundleError, whose message goes on from the URL.
 */
export async function fetchBundle(
  url: string,
  path: string,
  { tokenFile, timeoutMs, byteLengthMax = BUNDLE_LENGTH_MAX }: FetchOptions,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs)
  const headers = tokenFile === undefined ? {} : { authorization: `Bearer ${await tokenIn(tokenFile)}` }
  try {
    const answer = await fetch(url, { headers, signal, redirect: 'manual' })
    if (!answer.ok) throw new BundleError(await refusalOf(answer))
    if (Number(answer.headers.get('content-length') ?? 0) > byteLengthMax) throw tooLarge(byteLengthMax)
    await write(answer, path, byteLengthMax)
  } catch (error) {
    if (error instanceof BundleError) throw error
    const seconds = timeoutMs / 1000
    throw new BundleError(
      signal.aborted ? `was not there within ${seconds} s` : `cannot be fetched: ${wordsOf(error)}`,
      {
        cause: error,
      },
    )
  }
}

async function write(answer: Response, path: string, byteLengthMax: number): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    let byteLength = 0
    for await (const part of answer.body ?? []) {
      byteLength += part.byteLength
      if (byteLength > byteLengthMax) throw tooLarge(byteLengthMax)
      await file.writeFile(part)
    }
  } finally {
    await file.close()
  }
}

async function tokenIn(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw new BundleError(`needs a token, and its file cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

/** With what the server says of it, where that is a problem of a worker. */
async function refusalOf(answer: Response): Promise<string> {
  if (answer.status >= 300 && answer.status < 400) return 'leads elsewhere: redirects are not followed'
  const parts: Uint8Array[] = []
  let byteLength = 0
  for await (const part of answer.body ?? []) {
    byteLength += part.byteLength
    if (byteLength > REFUSAL_LENGTH_MAX) break
    parts.push(part)
  }
  try {
    const { code, detail } = JSON.parse(Buffer.concat(parts).toString()) as {
      readonly code?: string
      readonly detail?: string
    }
    if (code !== undefined) return `is refused: ${code}: ${detail}`
  } catch {}
  return `is refused with ${answer.status}`
}

function tooLarge(byteLengthMax: number): BundleError {
  return new BundleError(`has more than the ${byteLengthMax} bytes that it may have`)
}

function wordsOf(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown }
  const { message, code } = cause as { readonly message?: string; readonly code?: string }
  return message || code || String(cause)
}
