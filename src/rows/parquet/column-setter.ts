// Stored values of a Parquet column into the column of a table, by what they mean.
import type { ColumnBuilder } from '../../model/column-builder.ts'
import { ByteLevels, hashOf } from '../byte-levels.ts'
import { setBoolean, setDecimal, setInteger, setNumber, setTime } from '../cell-setters.ts'
import { signedInteger } from '../exact-decimals.ts'
import { isoClock, isoDay, isoInstant } from '../iso-times.ts'
import type { Meaning } from './column-meaning.ts'
import type { PageValues } from './page-values.ts'

/** Sets a row to the stored value at an index. Returns what is wrong with it, if anything is. */
export type SetStored = (index: number, row: number) => string | undefined

const JULIAN_DAY_OF_1970 = 2_440_588
const DAY_NS = 86_400_000_000_000n
const HALF_FRACTION = 1024
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Of one column: what it remembers of its texts serves all its pages. */
export class ColumnSetter {
  readonly builder: ColumnBuilder
  private readonly meaning: Meaning
  private readonly levels = new ByteLevels()

  constructor(builder: ColumnBuilder, meaning: Meaning) {
    this.builder = builder
    this.meaning = meaning
  }

  /** For the values of a page. */
  of(values: PageValues): SetStored {
    const { builder, meaning } = this
    if (Array.isArray(values)) return this.ofBytes(values as readonly Uint8Array[])
    if (values instanceof BigInt64Array) return this.ofIntegers(values)
    const numbers = values as Int32Array | Float32Array | Float64Array
    switch (meaning.kind) {
      case 'boolean':
        return (i, row) => setBoolean(builder, row, numbers[i] === 1)
      case 'unsigned':
        return (i, row) => setNumber(builder, row, (numbers[i] as number) >>> 0)
      case 'decimal':
        return (i, row) => setDecimal(builder, row, BigInt(numbers[i] as number), meaning.scale)
      case 'day':
        return (i, row) => setTime(builder, row, isoDay(numbers[i] as number))
      case 'clock':
        return (i, row) => setTime(builder, row, isoClock(BigInt(numbers[i] as number), meaning.unit))
      default:
        return (i, row) => setNumber(builder, row, numbers[i] as number)
    }
  }

  /** For indices into the values of a dictionary. */
  ofIndices(indices: Int32Array, dictionary: PageValues, known: Int32Array): SetStored {
    const set = this.of(dictionary)
    const { builder } = this
    const isLevel = Array.isArray(dictionary) || ['boolean', 'day', 'clock', 'instant'].includes(this.meaning.kind)
    return (i, row) => {
      const index = indices[i] as number
      // Indices are unsigned.
      if (index < 0 || index >= dictionary.length) throw new Error(`a dictionary has no value ${index}`)
      const code = known[index] as number
      if (code >= 0) {
        builder.setCode(row, code)
        return undefined
      }
      const wrong = set(index, row)
      if (isLevel && wrong === undefined) known[index] = builder.latestCode(row)
      return wrong
    }
  }

  private ofIntegers(values: BigInt64Array): SetStored {
    const { builder, meaning } = this
    switch (meaning.kind) {
      case 'unsigned':
        return (i, row) => setInteger(builder, row, BigInt.asUintN(64, values[i] as bigint))
      case 'decimal':
        return (i, row) => setDecimal(builder, row, values[i] as bigint, meaning.scale)
      case 'clock':
        return (i, row) => setTime(builder, row, isoClock(values[i] as bigint, meaning.unit))
      case 'instant':
        return (i, row) => setTime(builder, row, isoInstant(values[i] as bigint, meaning.unit, meaning.isUtc))
      default:
        return (i, row) => setInteger(builder, row, values[i] as bigint)
    }
  }

  private ofBytes(values: readonly Uint8Array[]): SetStored {
    const { builder, meaning } = this
    const at = (i: number): Uint8Array => values[i] as Uint8Array
    switch (meaning.kind) {
      case 'decimal':
        return (i, row) => setDecimal(builder, row, signedInteger(at(i)), meaning.scale)
      case 'half':
        return (i, row) => setNumber(builder, row, halfOf(at(i)))
      case 'int96':
        return (i, row) => setTime(builder, row, instantOf(at(i)))
      case 'uuid':
        return (i, row) => builder.setLevel(row, uuidOf(at(i)))
      default:
        return (i, row) => this.setText(at(i), row)
    }
  }

  private setText(bytes: Uint8Array, row: number): string | undefined {
    const { builder, levels } = this
    const hash = hashOf(bytes, 0, bytes.length)
    const known = levels.find(bytes, 0, bytes.length, hash)
    if (known >= 0) {
      builder.setCode(row, known)
      return undefined
    }
    let text: string
    try {
      text = decoder.decode(bytes)
    } catch {
      return 'expected text, got bytes that are not UTF-8'
    }
    const wrong = builder.setLevel(row, text)
    if (wrong === undefined) levels.remember(bytes, 0, bytes.length, hash, builder.codeFor(text))
    return wrong
  }
}

/** A time of a day in nanoseconds, and the Julian day. */
function instantOf(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const day = BigInt(view.getInt32(8, true) - JULIAN_DAY_OF_1970)
  return isoInstant(day * DAY_NS + view.getBigInt64(0, true), 'ns', false)
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** IEEE 754 binary16. */
function halfOf(bytes: Uint8Array): number {
  const bits = (bytes[0] as number) | ((bytes[1] ?? 0) << 8)
  const sign = bits >>> 15 === 1 ? -1 : 1
  const exponent = (bits >>> 10) & 31
  const fraction = bits & (HALF_FRACTION - 1)
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * 2 ** -14 * (fraction / HALF_FRACTION)
  return sign * 2 ** (exponent - 15) * (1 + fraction / HALF_FRACTION)
}
