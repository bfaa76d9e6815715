// Which predictions are logged: their ids alone decide, so that all threads and workers, and who asks later, decide alike.

const PRIME = 0x01000193
const GOLDEN = 0x9e3779b1

/**
 * Whether a row is in the sample. idPrefix and row: as idOfRow takes them; rate: share of the rows, 0 to 1. A row that is in
 * the sample of a rate is in that of every larger one. FNV-1a of the prefix, then the finalizer of MurmurHash3 over that
 * and the row. O(length of the prefix).
 */
export function isSampled(idPrefix: string, row: number, rate: number): boolean {
  if (rate >= 1) return true
  let hash = 0x811c9dc5
  for (let i = 0; i < idPrefix.length; i++) hash = Math.imul(hash ^ idPrefix.charCodeAt(i), PRIME)
  return (mixed(mixed(hash) ^ Math.imul(row, GOLDEN)) >>> 0) / 2 ** 32 < rate
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
