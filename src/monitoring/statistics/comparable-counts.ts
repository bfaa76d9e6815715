// The cells by which samples are compared. A baseline has no value below or above its own and none unseen, by its making: of the next
// rows always some are, where nothing has changed. By themselves such cells would be a change each time.
import { incompleteBeta } from '../../learning/distributions/incomplete-beta.ts'
import { type CellShape, unseenCell } from './cell-shape.ts'
import { totalOf } from './chi-square-test.ts'
import type { Overdispersion } from './overdispersion.ts'

export interface Counts {
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

/** Cells that a baseline lacks count by themselves where so small a part of the level says that they are more than chance. */
const CLEAR_SHARE = 0.1

/**
 * Values outside of the range of the baseline count with the outermost cells, unseen ones with `other`, else with the rarest level: unless
 * there are clearly more than chance brings. O(cells).
 */
export function comparableCounts(
  shape: CellShape,
  { reference, current }: { readonly reference: ArrayLike<number>; readonly current: ArrayLike<number> },
  { level, overdispersion }: { readonly level: number; readonly overdispersion?: Overdispersion | undefined },
): Counts {
  const counts = { reference: Array.from(reference), current: Array.from(current) }
  const isClear = (count: number, rareValues: number): boolean => {
    const independent = Math.floor(count / (overdispersion?.factor ?? 1))
    return chanceOfNew(independent, rareValues, totalOf(reference), totalOf(current)) <= CLEAR_SHARE * level
  }
  const unseen = unseenCell(shape, reference.length)
  if (unseen === undefined) {
    const [below, above] = [reference.length - 3, reference.length - 2]
    if (below < 1 || isClear((current[below] as number) + (current[above] as number), 2)) return counts
    return joined(joined(counts, below, 0), above, below - 1)
  }
  if (shape.hasOther === true) return joined(counts, unseen, unseen - 1)
  const seen = counts.reference.slice(0, unseen)
  const singles = seen.filter((count) => count === 1).length
  if (isClear(current[unseen] as number, singles + 1)) return counts
  const rarest = seen.reduce((best, count, cell) => (count > 0 && count < (seen[best] || Infinity) ? cell : best), 0)
  return unseen === 0 ? counts : joined(counts, unseen, rarest)
}

/**
 * How likely at least so many of m rows are new to a baseline of n rows, by chance: the rows before the r-th one of the baseline in a
 * random order of all (negative binomial). rareValues: r; 2 of a range, which has two ends; of categories one more than
 * there are levels of a single row (Good 1953).
 */
function chanceOfNew(count: number, rareValues: number, n: number, m: number): number {
  return count === 0 ? 1 : incompleteBeta(m / (n + m), n / (n + m), count, rareValues)
}

function joined({ reference, current }: Counts, from: number, into: number): Counts {
  const moved = (counts: readonly number[]): number[] =>
    counts.map((count, cell) => {
      if (cell === from) return 0
      return cell === into ? count + (counts[from] as number) : count
    })
  return { reference: moved(reference), current: moved(current) }
}
