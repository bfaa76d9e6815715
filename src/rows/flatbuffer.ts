// A flatbuffer of anybody, each of whose lengths and offsets is checked before it is followed.
// https://flatbuffers.dev/internals/

/** Fields of a schema, those of nested types too, and how deep they may nest. */
const FIELDS_MAX = 20_000
const DEPTH_MAX = 32

/** A flatbuffer, read with a check of every place that is gone to. Positions are bytes from its start. */
export class Flatbuffer {
  private readonly view: DataView
  private fieldCount = 0

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.view = new DataView(buffer, byteOffset, byteLength)
  }

  root(): number {
    return this.checkTable(this.follow(0))
  }

  /** The table that a field of another refers to. */
  table(of: number, field: number): number | undefined {
    const at = this.fieldAt(of, field)
    return at === 0 ? undefined : this.checkTable(this.follow(at))
  }

  byte(of: number, field: number): number {
    const at = this.fieldAt(of, field)
    return at === 0 ? 0 : this.view.getUint8(at)
  }

  int64(of: number, field: number): number {
    const at = this.fieldAt(of, field)
    return at === 0 ? 0 : this.int64At(at)
  }

  /** An integer that must not be negative. */
  int64At(at: number): number {
    const value = Number(this.view.getBigInt64(at, true))
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) throw new Error(`its metadata has a length of ${value}`)
    return value
  }

  /** A vector of elements of a size, or a string, all of which lie in the buffer. */
  checkVector(of: number, field: number, elementBytes: number): { start: number; length: number } {
    const at = this.fieldAt(of, field)
    if (at === 0) return { start: 0, length: 0 }
    const start = this.follow(at)
    const length = this.view.getUint32(start, true)
    if (start + 4 + length * elementBytes > this.view.byteLength)
      throw new Error('its metadata has a list that is cut short')
    return { start: start + 4, length }
  }

  checkKeyValues(of: number, field: number): void {
    for (const pair of this.tablesIn(of, field)) {
      this.checkVector(pair, 0, 1)
      this.checkVector(pair, 1, 1)
    }
  }

  checkFields(of: number, field: number, depth: number): void {
    if (depth > DEPTH_MAX) throw new Error(`its types nest more than ${DEPTH_MAX} deep`)
    for (const child of this.tablesIn(of, field)) {
      this.checkVector(child, 0, 1)
      const type = this.table(child, 3)
      // The time zone of a timestamp, the type ids of a union.
      const typeType = this.byte(child, 2)
      if (type !== undefined && typeType === 10) this.checkVector(type, 1, 1)
      if (type !== undefined && typeType === 14) this.checkVector(type, 1, 4)
      const dictionary = this.table(child, 4)
      if (dictionary !== undefined) this.table(dictionary, 1)
      this.checkKeyValues(child, 6)
      this.checkFields(child, 5, depth + 1)
    }
  }

  private tablesIn(of: number, field: number): number[] {
    const { start, length } = this.checkVector(of, field, 4)
    this.fieldCount += length
    if (this.fieldCount > FIELDS_MAX) throw new Error(`its metadata has more than ${FIELDS_MAX} fields`)
    return Array.from({ length }, (_, i) => this.checkTable(this.follow(start + 4 * i)))
  }

  /** Where the value of a table's field is; 0 when it has none. */
  fieldAt(table: number, field: number): number {
    const entry = this.entryAt(table, field)
    const offset = entry === 0 ? 0 : this.view.getUint16(entry, true)
    return offset === 0 ? 0 : table + offset
  }

  /** Where it stands whether the table has the field; 0 when it is too short for it. */
  entryAt(table: number, field: number): number {
    const vtable = table - this.view.getInt32(table, true)
    const entry = 4 + 2 * field
    return entry >= this.view.getUint16(vtable, true) ? 0 : vtable + entry
  }

  /** Throws RangeError where it leads out of the buffer, as the readings of a DataView do. */
  private checkTable(table: number): number {
    const vtable = table - this.view.getInt32(table, true)
    this.view.getUint8(vtable + this.view.getUint16(vtable, true) - 1)
    return table
  }

  private follow(at: number): number {
    return at + this.view.getUint32(at, true)
  }
}
