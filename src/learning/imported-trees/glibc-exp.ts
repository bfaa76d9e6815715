// e^x in float64 as the C library of Linux has it: LightGBM's answers are made of it.
import { finePowers, ROUNDER } from './powers-of-two.ts'

const PARTS = 128
const { powers, rests } = finePowers(PARTS)
const PER_LN2 = Math.LOG2E * PARTS
const MINUS_LN2_HIGH = -0.005415212348111709
const MINUS_LN2_LOW = -1.2864023111638344e-14
const C2 = 0.49999999999996786
const C3 = 0.16666666666665886
const C4 = 0.0416666808410674
const C5 = 0.008333335853059549
const TINY = 2 ** -54
const LARGE = 700

/**
 * e^x by Szabolcs Nagy, exp of Arm's Optimized Routines, which glibc and musl have; 0.511 units in the last place, where
 * Math.exp has up to 1. Where glibc adds and multiplies at once, the last bit may be another in a few of a thousand.
 */
export function glibcExp(x: number): number {
  // Where the result is near the ends of the doubles, its scale needs care that no score needs.
  if (!(Math.abs(x) < LARGE)) return Math.exp(x)
  if (Math.abs(x) < TINY) return 1 + x
  const z = PER_LN2 * x
  const k = z + ROUNDER - ROUNDER
  const r = x + k * MINUS_LN2_HIGH + k * MINUS_LN2_LOW
  const part = k & (PARTS - 1)
  const r2 = r * r
  const rest = (rests[part] as number) + r + r2 * (C2 + r * C3) + r2 * r2 * (C4 + r * C5)
  const scale = (powers[part] as number) * 2 ** ((k - part) / PARTS)
  return scale + scale * rest
}
