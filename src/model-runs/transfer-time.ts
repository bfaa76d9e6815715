// How many the bytes of a result may be, and how long they may take on their way to or from the database.

/** A slow line takes so many bytes in a second at the least. */
const BYTES_PER_SECOND_MIN = 2 ** 20

/** What PostgreSQL takes as one value, with what goes around it: its messages end at 2^30 bytes. */
export const RESULT_BYTES_MAX = 2 ** 30 - 2 ** 16

/** The time limit of a statement with so many bytes, in ms; baseMs: of one without. */
export function transferTimeoutMs(baseMs: number, byteLength: number): number {
  return baseMs + (byteLength / BYTES_PER_SECOND_MIN) * 1000
}
