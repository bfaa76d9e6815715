// UBJSON (draft 12) as XGBoost writes it: big-endian, arrays of one type as [$t#L. What is read is plain data.
import { type ModelFileError, modelFileFault } from '../../model-file-error.ts'

/** Arrays of numbers come as such; all else as JSON has it. Objects have no prototype. */
export type UbjsonValue =
  | null
  | boolean
  | number
  | string
  | Float64Array
  | UbjsonValue[]
  | { [key: string]: UbjsonValue }

/** Of each type of numbers its size in bytes, and how one is read. */
const NUMBERS: Readonly<Record<string, readonly [size: number, read: (view: DataView, at: number) => number]>> = {
  i: [1, (view, at) => view.getInt8(at)],
  U: [1, (view, at) => view.getUint8(at)],
  I: [2, (view, at) => view.getInt16(at)],
  l: [4, (view, at) => view.getInt32(at)],
  L: [8, (view, at) => Number(view.getBigInt64(at))],
  d: [4, (view, at) => view.getFloat32(at)],
  D: [8, (view, at) => view.getFloat64(at)],
}
const LITERALS: Readonly<Record<string, null | boolean>> = { Z: null, T: true, F: false }

/** An array or an object that is open. left: members that are to come; undefined where an end is to come. */
interface Open {
  readonly value: UbjsonValue[] | { [key: string]: UbjsonValue }
  left: number | undefined
}

/** Models are some ten deep. Each level that is open takes many times its byte. */
const DEPTH_MAX = 100

/** Throws ModelFileError. O(bytes); nesting takes no stack. */
export function readUbjson(bytes: Uint8Array): UbjsonValue {
  const cursor = new Cursor(bytes)
  const open: Open[] = []
  for (;;) {
    const top = open.at(-1)
    const isEnd = top !== undefined && (top.left === undefined ? cursor.takeIf(endOf(top)) : top.left === 0)
    let value: UbjsonValue
    if (isEnd) {
      open.pop()
      value = (top as Open).value
      // It was put into what is around it when it began.
      if (open.length === 0) return ended(value, cursor)
      continue
    }
    const key = top === undefined || Array.isArray(top.value) ? undefined : cursor.text(cursor.length())
    if (top?.left !== undefined) top.left -= 1
    const marker = cursor.marker()
    const begun = marker === '[' || marker === '{' ? cursor.begin(marker) : undefined
    value = begun === undefined ? cursor.value(marker) : begun instanceof Float64Array ? begun : begun.value
    if (top !== undefined) {
      if (key === undefined) (top.value as UbjsonValue[]).push(value)
      else (top.value as { [key: string]: UbjsonValue })[key] = value
    }
    if (open.length === DEPTH_MAX) throw cursor.fault(`values lie more than ${DEPTH_MAX} deep in each other`)
    if (begun !== undefined && !(begun instanceof Float64Array)) open.push(begun)
    else if (top === undefined) return ended(value, cursor)
  }
}

function ended(value: UbjsonValue, cursor: Cursor): UbjsonValue {
  if (cursor.isAtEnd) return value
  throw cursor.fault('expected the end of the file')
}

function endOf({ value }: Open): string {
  return Array.isArray(value) ? ']' : '}'
}

class Cursor {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly decoder = new TextDecoder('utf-8', { fatal: true })
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  fault(detail: string): ModelFileError {
    return modelFileFault(`byte ${this.at}`, detail)
  }

  /** Goes on behind the marker, if it is the next one. No-ops are passed over. */
  takeIf(marker: string): boolean {
    while (this.bytes[this.at] === 0x4e) this.at += 1
    if (this.bytes[this.at] !== marker.charCodeAt(0)) return false
    this.at += 1
    return true
  }

  marker(): string {
    while (this.bytes[this.at] === 0x4e) this.at += 1
    return String.fromCharCode(this.bytes[this.take(1)] as number)
  }

  /** A value that is no array and no object. */
  value(marker: string): UbjsonValue {
    if (marker === 'S') return this.text(this.length())
    if (marker === 'C') return this.text(1)
    if (Object.hasOwn(LITERALS, marker)) return LITERALS[marker] as null | boolean
    return this.number(marker)
  }

  number(marker: string): number {
    const [size, read] = this.typeOf(marker)
    return read(this.view, this.take(size))
  }

  /** A count or a length: never more than the bytes that are left. */
  length(): number {
    const length = this.number(this.marker())
    if (Number.isInteger(length) && length >= 0 && length <= this.bytes.length - this.at) return length
    throw this.fault(`a length of ${length} is more than is left of the file`)
  }

  text(length: number): string {
    const at = this.take(length)
    try {
      return this.decoder.decode(this.bytes.subarray(at, at + length))
    } catch (cause) {
      throw modelFileFault(`byte ${at}`, 'expected text in UTF-8', { cause })
    }
  }

  /** An array of numbers of one type as a whole; else what is to be filled. */
  begin(marker: '[' | '{'): Open | Float64Array {
    const value = marker === '[' ? [] : (Object.create(null) as { [key: string]: UbjsonValue })
    if (this.takeIf('$')) {
      const type = this.marker()
      if (marker === '{') throw this.fault('objects of one type are not supported')
      if (!this.takeIf('#')) throw this.fault('expected the length of an array of one type')
      return this.numbers(type, this.length())
    }
    return { value, left: this.takeIf('#') ? this.length() : undefined }
  }

  private numbers(type: string, count: number): Float64Array {
    const [size, read] = this.typeOf(type)
    const at = this.take(count * size)
    const found = new Float64Array(count)
    for (let k = 0; k < count; k++) found[k] = read(this.view, at + size * k)
    return found
  }

  private typeOf(marker: string): readonly [size: number, read: (view: DataView, at: number) => number] {
    if (Object.hasOwn(NUMBERS, marker)) return NUMBERS[marker] as (typeof NUMBERS)[string]
    throw this.fault(`expected a number, got the type ${JSON.stringify(marker)}`)
  }

  /** Where the next bytes begin, which are then taken. */
  private take(count: number): number {
    const at = this.at
    if (count > this.bytes.length - at) throw this.fault('the file is cut off')
    this.at += count
    return at
  }
}
