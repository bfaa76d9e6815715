// Fisher and Snedecor's F distribution: of the ratio of two mean squares.
import { incompleteBeta } from './incomplete-beta.ts'
import { invertTail } from './invert-tail.ts'

/** P(F ≥ f); with all its digits also far out. Degrees of freedom above and below the line: above 0. O(1). */
export function fTail(f: number, above: number, below: number): number {
  if (f <= 0) return 1
  const all = below + above * f
  return incompleteBeta(below / all, (above * f) / all, below / 2, above / 2)
}

/** The f that F is beyond with probability p. p: above 0, at most 1. O(1). */
export function fCritical(p: number, above: number, below: number): number {
  return invertTail((f) => fTail(f, above, below), p)
}
