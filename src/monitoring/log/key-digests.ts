// What stands for the caller's key of a prediction where it is looked for: the column is a part of it, so that keys of a column that was
// named before are none of the present one.
import { hash } from 'node:crypto'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { numberOf } from '../../model/sought-value.ts'
import type { Level } from '../../model/table.ts'
import { predictionKeyOf } from '../../prediction-key.ts'

/** 16 bytes: two of a thousand million keys are the same once in 10^20 projects. */
const DIGITS = 32

/** The digest by which a key is written, hexadecimal. O(length of the key). */
export function keyDigestOf(ring: KeyRing, column: string, key: string): string {
  return keyDigestsOf(ring, column, key)[0] as string
}

/** All digests by which it may have been written: that one, those of earlier keys of the operator, and that without any. */
export function keyDigestsOf(ring: KeyRing, column: string, key: string): string[] {
  const text = `${column}\0${key}`
  return [...ring.digestsOf(text), hash('sha256', text, 'hex')].map((digest) => digest.slice(0, DIGITS))
}

/** The keys that say a value: its text, and that of the number that it reads as. */
export function keyTextsOf(value: Level): string[] {
  const keys = [predictionKeyOf(value), predictionKeyOf(numberOf(value))]
  return [...new Set(keys.filter((key) => key !== undefined))]
}
