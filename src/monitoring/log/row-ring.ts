// Rows that wait to be written: a ring with room for so many rows and bytes. What comes when it is full is left out.
import type { LoggedRow } from './logged-row.ts'

/** What a row holds beside its features: objects, its id, and its place. Measured. */
const ROW_BYTES = 550

/** What a key holds beside its characters: an object and a text. */
const KEY_BYTES = 64

export interface RingBounds {
  readonly rowsMax: number
  readonly bytesMax: number
}

export class RowRing {
  private readonly slots: (LoggedRow | undefined)[]
  private readonly bytesMax: number
  private first = 0
  private count = 0
  private bytes = 0

  constructor({ rowsMax, bytesMax }: RingBounds) {
    this.slots = new Array(rowsMax).fill(undefined)
    this.bytesMax = bytesMax
  }

  get rowCount(): number {
    return this.count
  }

  get byteLength(): number {
    return this.bytes
  }

  /** Whether a row with so many features, and a key of so many characters, has room. */
  hasRoom(featureCount: number, keyLength = 0): boolean {
    return this.count < this.slots.length && this.bytes + bytesOf(featureCount, keyLength) <= this.bytesMax
  }

  /** A row that has room. O(1). */
  push(row: LoggedRow): void {
    this.slots[(this.first + this.count) % this.slots.length] = row
    this.count += 1
    this.bytes += bytesOfRow(row)
  }

  /** Takes the oldest, so many at the most. O(rows taken). */
  take(rowsMax: number): LoggedRow[] {
    const taken: LoggedRow[] = []
    while (taken.length < rowsMax && this.count > 0) {
      const row = this.slots[this.first] as LoggedRow
      this.slots[this.first] = undefined
      this.first = (this.first + 1) % this.slots.length
      this.count -= 1
      this.bytes -= bytesOfRow(row)
      taken.push(row)
    }
    return taken
  }
}

function bytesOfRow({ features, key }: LoggedRow): number {
  return bytesOf(features.length, key?.text.length ?? 0)
}

function bytesOf(featureCount: number, keyLength: number): number {
  return ROW_BYTES + 8 * featureCount + (keyLength === 0 ? 0 : KEY_BYTES + 2 * keyLength)
}
