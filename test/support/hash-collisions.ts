// Integers that V8 puts into one bucket of a Map or a Set: it hashes them without a seed.

/** So many integers whose hashes have the same last 15 bits. O(count · 2^15). */
export function numbersInOneBucket(count: number): number[] {
  const numbers: number[] = []
  for (let i = 0; numbers.length < count; i++) if ((hashOf(i) & 0x7fff) === 0) numbers.push(i)
  return numbers
}

/** V8's ComputeUnseededHash: Thomas Wang's hash of 32 bits. */
function hashOf(integer: number): number {
  let hash = ~integer + (integer << 15)
  hash ^= hash >>> 12
  hash += hash << 2
  hash ^= hash >>> 4
  hash = Math.imul(hash, 2057)
  return hash ^ (hash >>> 16)
}
