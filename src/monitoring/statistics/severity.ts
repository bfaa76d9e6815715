// How grave a change is: by what its index has above chance, and by values that stay away or are new.
import { SEVERITIES, type Severity } from '../../alerts/signals.ts'
import { type CellShape, missingCell, unseenCell } from './cell-shape.ts'
import { totalOf } from './chi-square-test.ts'

export { SEVERITIES, type Severity }

/** What is smaller is no drift, however many rows show it: with enough rows everything is significant. */
export const EFFECT_MIN = 0.05
const MEDIUM_FROM = 0.1
const HIGH_FROM = 0.25
const CRITICAL_FROM = 0.5
/** The share of missing or unseen values has grown by so much. */
const SHARE_RISE_CRITICAL = 0.2

/**
 * psiExcess           the population stability index less its mean under no change
 * reference, current  counts of the same cells; neither is empty
 *
 * Undefined where the change is too small to matter.
 */
export function severityOf(
  shape: CellShape,
  psiExcess: number,
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): Severity | undefined {
  const specials = [missingCell(reference.length), unseenCell(shape, reference.length)]
  const [n, m] = [totalOf(reference), totalOf(current)]
  const rises = specials.map((cell) =>
    cell === undefined ? 0 : (current[cell] as number) / m - (reference[cell] as number) / n,
  )
  if (psiExcess >= CRITICAL_FROM || Math.max(...rises) >= SHARE_RISE_CRITICAL) return 'critical'
  if (psiExcess >= HIGH_FROM) return 'high'
  if (psiExcess >= MEDIUM_FROM) return 'medium'
  return psiExcess >= EFFECT_MIN ? 'low' : undefined
}

/** The gravest; undefined of none. */
export function gravestOf(severities: readonly (Severity | undefined)[]): Severity | undefined {
  return SEVERITIES.findLast((severity) => severities.includes(severity))
}
