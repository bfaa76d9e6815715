// Student's t distribution.
import { incompleteBeta } from './incomplete-beta.ts'
import { invertTail } from './invert-tail.ts'

/** P(|T| ≥ |t|) of Student's t with so many degrees of freedom, above 0. O(1). */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  if (Number.isNaN(t)) return Number.NaN
  if (!Number.isFinite(t)) return 0
  const square = t * t
  const all = degreesOfFreedom + square
  return incompleteBeta(degreesOfFreedom / all, square / all, degreesOfFreedom / 2, 0.5)
}

/** The t that a Student's T is beyond, on either side together, with this probability: 0.05 gives 95 % intervals. */
export function studentQuantile(twoSided: number, degreesOfFreedom: number): number {
  return invertTail((t) => studentTwoSided(t, degreesOfFreedom), twoSided)
}
