// A CSV or NDJSON in batches of whole rows, so that a file of any length is read in little memory.
import { ServiceError } from '../errors.ts'

const BATCH_BYTES = 2 ** 18
/** A row, or what an open quote holds, at the most. */
const ROW_BYTES_MAX = 2 ** 26
const LF = 0x0a
const QUOTE = 0x22

export interface RowBatch {
  /** Whole rows; only the last batch may end without a line break. */
  readonly bytes: Buffer
  /** Where in the file they begin. */
  readonly offset: number
}

/**
 * hasQuotes: a line break between quotes is part of a value, as in CSV. Throws ServiceError BODY_MALFORMED where a row has
 * more than 64 MiB. O(bytes); holds two batches.
 */
export function* batchesOf(chunks: Iterable<Uint8Array>, hasQuotes: boolean): Generator<RowBatch> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  let wanted = BATCH_BYTES
  let offset = 0
  for (const chunk of chunks) {
    held.push(chunk)
    heldBytes += chunk.byteLength
    if (heldBytes < wanted) continue
    const bytes = Buffer.concat(held, heldBytes)
    const end = endOfRows(bytes, hasQuotes)
    if (end === 0) {
      if (heldBytes > ROW_BYTES_MAX) {
        const detail = `a row of more than ${ROW_BYTES_MAX} bytes at byte ${offset}; a quote may be open`
        throw new ServiceError('BODY_MALFORMED', detail)
      }
      held = [bytes]
      wanted = 2 * heldBytes
      continue
    }
    yield { bytes: bytes.subarray(0, end), offset }
    held = [bytes.subarray(end)]
    heldBytes = bytes.length - end
    wanted = BATCH_BYTES
    offset += end
  }
  if (heldBytes > 0) yield { bytes: Buffer.concat(held, heldBytes), offset }
}

/** Behind the last line break that ends a row; 0 where there is none. The bytes begin with a row. */
export function endOfRows(bytes: Buffer, hasQuotes: boolean): number {
  if (!hasQuotes) return bytes.lastIndexOf(LF) + 1
  let quoteCount = 0
  for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) quoteCount += 1
  // Backwards from the end, with the quotes that lie before each line break.
  let upTo = bytes.length
  for (;;) {
    const at = upTo === 0 ? -1 : bytes.lastIndexOf(LF, upTo - 1)
    if (at < 0) return 0
    for (let quote = bytes.indexOf(QUOTE, at); quote >= 0 && quote < upTo; quote = bytes.indexOf(QUOTE, quote + 1)) {
      quoteCount -= 1
    }
    if (quoteCount % 2 === 0) return at + 1
    upTo = at
  }
}

/** Behind the first line break that ends a row; the length of the bytes where there is none. */
export function endOfHeader(bytes: Buffer): number {
  let isQuoted = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) isQuoted = !isQuoted
    else if (byte === LF && !isQuoted) return at + 1
  }
  return bytes.length
}
