// In which encoding a file of text is: its mark says it, or its bytes do. What is read behind here is UTF-8.
import { isUtf8 } from 'node:buffer'
import { ServiceError } from '../errors.ts'
import type { Warning } from '../learning/warnings.ts'
import { type BodyBytes, type ByteWindow, type ReadBytes, withWindow } from './byte-window.ts'

export const TEXT_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export type TextEncoding = (typeof TEXT_ENCODINGS)[number]

interface FoundEncoding {
  readonly encoding: TextEncoding
  /** What was decided; undefined of UTF-8, and where the caller says it. */
  readonly decision?: Warning
}

const SAMPLE_BYTES = 4096
const CHUNK_BYTES = 2 ** 16
/** Bytes that Windows-1252 does not have, and control characters that no text has. */
const isNoText = new Uint8Array(256)
isNoText.fill(1, 0, 0x20)
for (const byte of [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1a]) isNoText[byte] = 0
for (const byte of [0x7f, 0x81, 0x8d, 0x8f, 0x90, 0x9d]) isNoText[byte] = 1

/**
 * The encoding that the caller says; else what a byte order mark says, UTF-16 where every second byte is zero, UTF-8 where
 * all bytes are valid, and Windows-1252 where they are not. O(bytes), at some gigabytes a second.
 */
export function findEncoding(body: BodyBytes, said: TextEncoding | undefined): FoundEncoding {
  if (said !== undefined) return { encoding: said }
  return withWindow(body, (window) => {
    window.more(0)
    const wide = wideEncodingOf(window.bytes.subarray(0, window.end))
    if (wide !== undefined) return wide
    for (;;) {
      const text = window.bytes.subarray(0, window.end)
      const end = endOfCharacters(text)
      if (!isUtf8(text.subarray(0, end))) return windows1252()
      if (window.more(end)) continue
      return isUtf8(window.bytes.subarray(0, window.end)) ? { encoding: 'utf-8' } : windows1252()
    }
  })
}

function windows1252(): FoundEncoding {
  const message = 'The body is not UTF-8; it was read as Windows-1252. Say encoding=utf-8 to have it refused'
  return { encoding: 'windows-1252', decision: { code: 'ENCODING_FOUND', message } }
}

function wideEncodingOf(bytes: Uint8Array): FoundEncoding | undefined {
  const [first, second] = bytes
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  const encoding = isMarked ? (first === 0xff ? 'utf-16le' : 'utf-16be') : encodingByZeros(bytes)
  if (encoding === undefined) return undefined
  const reason = isMarked ? 'as its byte order mark says' : 'since every second byte is zero'
  const message = `The body was read as ${encoding.toUpperCase()}, ${reason}`
  return { encoding, decision: { code: 'ENCODING_FOUND', message } }
}

/** UTF-16 without a mark: at least a quarter of the bytes are zero, all of them on one side of their pairs. */
function encodingByZeros(bytes: Uint8Array): TextEncoding | undefined {
  const length = Math.min(bytes.length, SAMPLE_BYTES)
  const zeros: [number, number] = [0, 0]
  for (let i = 0; i < length; i++) if (bytes[i] === 0) zeros[(i & 1) as 0 | 1] += 1
  const [even, odd] = zeros
  if (4 * (even + odd) < length || (even > 0 && odd > 0) || length < 2) return undefined
  return odd > 0 ? 'utf-16le' : 'utf-16be'
}

/** Where the last character begins that may go on in the next chunk. */
function endOfCharacters(bytes: Uint8Array): number {
  for (let i = bytes.length - 1; i >= 0 && i > bytes.length - 4; i--) {
    const byte = bytes[i] as number
    if (byte < 0x80) return bytes.length
    if (byte >= 0xc0) return i
  }
  return bytes.length
}

/** Calls `use` with a window of the body as UTF-8. Throws BODY_MALFORMED, there too, for what is not of the encoding. */
export function withTextWindow<T>(body: BodyBytes, encoding: TextEncoding, use: (window: ByteWindow) => T): T {
  if (encoding === 'utf-8') return withWindow(body, use)
  return withWindow(body, use, { decoded: (read) => decoded(read, encoding) })
}

/** Reads bytes of another encoding as those of UTF-8. */
function decoded(read: ReadBytes, encoding: TextEncoding): ReadBytes {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let waiting: Uint8Array = new Uint8Array(0)
  let offset = 0
  let isEnd = false
  const refill = (): void => {
    const length = read(chunk)
    isEnd = length === 0
    const bytes = chunk.subarray(0, length)
    if (encoding === 'windows-1252') checkText(bytes, offset)
    try {
      waiting = Buffer.from(decoder.decode(bytes, { stream: !isEnd }))
    } catch (error) {
      const place = `in the ${CHUNK_BYTES} bytes from byte ${offset} on`
      const detail = `the body is not ${encoding.toUpperCase()} ${place}: say its encoding, as encoding=windows-1252`
      throw new ServiceError('BODY_MALFORMED', detail, { cause: error })
    }
    offset += length
  }
  return (target) => {
    while (waiting.length === 0 && !isEnd) refill()
    const part = waiting.subarray(0, target.length)
    target.set(part)
    waiting = waiting.subarray(part.length)
    return part.length
  }
}

function checkText(bytes: Uint8Array, offset: number): void {
  const at = bytes.findIndex((byte) => isNoText[byte] === 1)
  if (at < 0) return
  const detail = `the body is neither UTF-8 nor Windows-1252: it has the byte ${bytes[at]} at byte ${offset + at}`
  throw new ServiceError('BODY_MALFORMED', `${detail}; save the file as "CSV UTF-8", or send it through iconv -t UTF-8`)
}
