// Σ gap² over the columns, in the four sums in which our loops have it.
import { sumInOrder } from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { int64s } from '../tensor.ts'

/**
 * Column j of the first whole groups of `width` goes into sum j mod 4, the rest into the first; then s0 + s1 + (s2 + s3). The
 * columns are the dimension `axis` of the gaps, which is gone from what comes of it.
 */
export function squaredGaps(
  g: GraphBuilder,
  gaps: Value,
  columnCount: number,
  { axis, width }: { readonly axis: number; readonly width: 4 | 8 },
): Value {
  const squares = g.node('Mul', [gaps, gaps])
  const whole = columnCount - (columnCount % width)
  const columns = Array.from({ length: columnCount }, (_, j) => j)
  const sums = [0, 1, 2, 3].map((lane) => {
    const own = columns.filter((j) => (j < whole ? j % 4 === lane : lane === 0))
    if (own.length === 0) return undefined
    return sumInOrder(g, g.node('Gather', [squares, int64s(own)], { axis }), axis)
  })
  const [s0, s1, s2, s3] = sums as [Value, Value | undefined, Value | undefined, Value | undefined]
  // Fewer columns than a group leave the other sums at 0.
  if (s1 === undefined || s2 === undefined || s3 === undefined) return s0
  return g.node('Add', [g.node('Add', [s0, s1]), g.node('Add', [s2, s3])])
}
