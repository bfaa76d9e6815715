// The smallest array type that holds given numbers as they are.

export type CompactValues = Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array

/** A copy in the smallest type that loses nothing; −0 becomes 0 among integers. O(n). */
export function compactValues(values: ArrayLike<number>): CompactValues {
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  let areIntegers = true
  let areSingles = true
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (value < lowest) lowest = value
    if (value > highest) highest = value
    if (areIntegers && !Number.isInteger(value)) areIntegers = false
    if (areSingles && Math.fround(value) !== value) areSingles = false
    if (!areIntegers && !areSingles) return Float64Array.from(values)
  }
  if (areIntegers && lowest >= 0 && highest <= 255) return Uint8Array.from(values)
  if (areIntegers && lowest >= -32768 && highest <= 32767) return Int16Array.from(values)
  if (areSingles) return Float32Array.from(values)
  const areInt32 = areIntegers && lowest >= -(2 ** 31) && highest < 2 ** 31
  return areInt32 ? Int32Array.from(values) : Float64Array.from(values)
}

export function isCompactValues(value: unknown): value is CompactValues {
  return [Uint8Array, Int16Array, Int32Array, Float32Array, Float64Array].some((Type) => value instanceof Type)
}
