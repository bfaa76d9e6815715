// Cuts a stream into parts of one length, within the bound of an object.
import { tooLarge } from './storage.ts'

const MIB = 2 ** 20
export const PART_BYTES = 8 * MIB
/** What a part may grow to, where an object may be large: parts are held in memory. */
const PART_BYTES_MAX = 64 * MIB
/** Of S3. */
const PARTS_MAX = 10_000

/** The bytes of each part but the last, in an object of up to byteLengthMax: a multiple of 1 MiB, as GCS asks for one of 256 KiB. */
export function partBytesFor(byteLengthMax: number): number {
  const needed = Math.ceil(byteLengthMax / PARTS_MAX / MIB) * MIB
  return Math.min(PART_BYTES_MAX, Math.max(PART_BYTES, needed))
}

export interface PartLimits {
  /** Of each part but the last. */
  readonly partBytes: number
  /** Of all parts. */
  readonly byteLengthMax: number
}

/** Gives at least one part, which may be empty. Throws StorageError 'too_large', and what the stream throws. */
export async function* partsOf(
  bytes: AsyncIterable<Uint8Array>,
  { partBytes, byteLengthMax }: PartLimits,
): AsyncGenerator<Buffer> {
  const bound = Math.min(byteLengthMax, partBytes * PARTS_MAX)
  let byteLength = 0
  let held: Uint8Array[] = []
  let heldBytes = 0
  let count = 0
  for await (const chunk of bytes) {
    byteLength += chunk.byteLength
    if (byteLength > bound) throw tooLarge(bound)
    let left = chunk
    while (heldBytes + left.byteLength > partBytes) {
      const room = partBytes - heldBytes
      held.push(left.subarray(0, room))
      left = left.subarray(room)
      yield Buffer.concat(held, partBytes)
      count += 1
      held = []
      heldBytes = 0
    }
    held.push(left)
    heldBytes += left.byteLength
  }
  if (heldBytes > 0 || count === 0) yield Buffer.concat(held, heldBytes)
}
