// Columns with more categories than a split can name: the rare ones become one.
import { StateError } from '../errors.ts'
import type { EstimatorState, FitContext } from '../estimator.ts'
import type { Matrix, RowBlock } from '../matrix.ts'
import { CATEGORY_COUNT_MAX } from './coded-matrix.ts'

/** A column whose categories are numbered anew. */
export interface PooledLevels {
  readonly column: number
  /** By old code, the new one: the frequent categories in their old order, then one for all others. */
  readonly codes: Uint16Array
}

const POOL = CATEGORY_COUNT_MAX - 1

/**
 * Keeps the categories with most rows (of equally frequent ones those with lower codes), and makes one of all others;
 * tells of each column. Columns within the bound stay as they are. O(rows + categories · log categories) a column.
 */
export function poolLevels(x: Matrix, { warn }: Pick<FitContext, 'warn'>): { x: Matrix; pools: PooledLevels[] } {
  const pools: PooledLevels[] = []
  const columns = [...x.columns]
  const categoryCounts = [...x.categoryCounts]
  for (const [column, count] of x.categoryCounts.entries()) {
    if (count <= CATEGORY_COUNT_MAX) continue
    const values = columns[column]!
    const rows = new Uint32Array(count)
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) rows[values[i]!]!++
    const byRows = Array.from(rows, (_, code) => code).sort((a, b) => rows[b]! - rows[a]! || a - b)
    const codes = new Uint16Array(count).fill(POOL)
    for (const [place, code] of byRows
      .slice(0, POOL)
      .sort((a, b) => a - b)
      .entries())
      codes[code] = place
    pools.push({ column, codes })
    columns[column] = values.map((code) => codes[code] ?? Number.NaN)
    categoryCounts[column] = CATEGORY_COUNT_MAX
    const pooled = byRows.slice(POOL)
    const share = pooled.reduce((sum, code) => sum + rows[code]!, 0) / Math.max(1, x.rowCount)
    const message = `${count} levels are more than the ${CATEGORY_COUNT_MAX} that trees tell apart: the ${pooled.length} rarest, of ${(100 * share).toFixed(1)} % of the rows, were pooled into one`
    warn({ code: 'LEVELS_POOLED', column, message })
  }
  return { x: { rowCount: x.rowCount, columns, categoryCounts }, pools }
}

/** Rows to predict, with the new codes: a copy, unless nothing is pooled. O(rows × pooled columns). */
export function renumberLevels(x: RowBlock, pools: readonly PooledLevels[]): RowBlock {
  if (pools.length === 0) return x
  const values = x.values.slice()
  for (const { column, codes } of pools) {
    for (let at = column; at < values.length; at += x.columnCount) values[at] = codes[values[at]!] ?? Number.NaN
  }
  return { ...x, values }
}

/** Nothing where nothing is pooled, so that such states are what they were before levels were pooled. */
export function poolsToState(pools: readonly PooledLevels[]): EstimatorState {
  return pools.length === 0 ? {} : { pools: pools.map((pool) => ({ ...pool })) }
}

/** Throws StateError. */
export function poolsFromState(state: EstimatorState, columnCount: number): PooledLevels[] {
  const { pools = [] } = state
  if (!Array.isArray(pools)) throw new StateError('pools of a forest must be a list')
  return pools.map((pool: { [key: string]: unknown } | null) => {
    const { column, codes } = pool ?? {}
    const isColumn = typeof column === 'number' && Number.isInteger(column) && column >= 0 && column < columnCount
    if (!isColumn || !(codes instanceof Uint16Array) || codes.some((code) => code > POOL)) {
      throw new StateError('pools of a forest must be a column, and codes as Uint16')
    }
    return { column, codes }
  })
}
