// Members of what was read of a file, by their places: what is not as expected ends the reading with a word on where.
import { modelFileFault } from '../../model-file-error.ts'

/** Numbers of a file; null stands for NaN. */
type Numbers = ArrayLike<number>

/** An object of the file. */
export class Members {
  readonly place: string
  private readonly value: Readonly<Record<string, unknown>>

  /** Throws ModelFileError unless the value is an object. */
  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      throw modelFileFault(place, 'expected an object')
    }
    this.place = place
    this.value = value as Readonly<Record<string, unknown>>
  }

  has(key: string): boolean {
    return Object.hasOwn(this.value, key)
  }

  object(key: string): Members {
    return new Members(this.get(key), this.placeOf(key))
  }

  text(key: string): string {
    const value = this.get(key)
    if (typeof value === 'string') return value
    throw modelFileFault(this.placeOf(key), 'expected a text')
  }

  list(key: string): readonly unknown[] {
    const value = this.get(key)
    if (Array.isArray(value)) return value
    // An empty list of what is no number may come as one of numbers.
    if (value instanceof Float64Array) return [...value]
    throw modelFileFault(this.placeOf(key), 'expected a list')
  }

  texts(key: string): readonly string[] {
    const list = this.list(key)
    if (list.every((value) => typeof value === 'string')) return list
    throw modelFileFault(this.placeOf(key), 'expected texts')
  }

  /** A whole number, which XGBoost writes as text or as a number. */
  whole(key: string, min: number, max: number): number {
    const given = this.get(key)
    const value = typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    throw modelFileFault(this.placeOf(key), `expected a whole number from ${min} to ${max}`)
  }

  /** `count` whole numbers from min to max; true and false are 1 and 0. Any number of them without a count. */
  integers(key: string, count: number | undefined, min: number, max: number): Int32Array {
    const list = this.numbersOf(key, count)
    const found = new Int32Array(list.length)
    for (let i = 0; i < list.length; i++) {
      const value = Number(list[i])
      if (!(Number.isInteger(value) && value >= min && value <= max)) {
        throw modelFileFault(this.placeOf(key), `expected whole numbers from ${min} to ${max}, got ${list[i]} at ${i}`)
      }
      found[i] = value
    }
    return found
  }

  /** `count` numbers as float32; NaN where the file has it. */
  floats(key: string, count: number | undefined): Float32Array {
    const list = this.numbersOf(key, count)
    const found = new Float32Array(list.length)
    for (let i = 0; i < list.length; i++) {
      const value: unknown = list[i]
      if (typeof value !== 'number' && value !== null) {
        throw modelFileFault(this.placeOf(key), `expected numbers, got something else at ${i}`)
      }
      found[i] = value ?? Number.NaN
    }
    return found
  }

  placeOf(key: string): string {
    return this.place === '' ? key : `${this.place}.${key}`
  }

  private numbersOf(key: string, count: number | undefined): Numbers {
    const value = this.get(key)
    if (!Array.isArray(value) && !(value instanceof Float64Array)) {
      throw modelFileFault(this.placeOf(key), 'expected a list of numbers')
    }
    if (count !== undefined && value.length !== count) {
      throw modelFileFault(this.placeOf(key), `expected ${count} numbers, got ${value.length}`)
    }
    return value
  }

  private get(key: string): unknown {
    if (this.has(key)) return this.value[key]
    throw modelFileFault(this.place, `the member ${key} is missing`)
  }
}
