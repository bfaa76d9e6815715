// How long the bytes of a result may take on their way to or from the database.

/** A slow line takes so many bytes in a second at the least. */
const BYTES_PER_SECOND_MIN = 2 ** 20

/** The time limit of a statement with so many bytes, in ms; baseMs: of one without. */
export function transferTimeoutMs(baseMs: number, byteLength: number): number {
  return baseMs + (byteLength / BYTES_PER_SECOND_MIN) * 1000
}
