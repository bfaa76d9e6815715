// Rows as the splits of imported trees see them: rounded, cut to categories, near zeros told from others.
import type { RowBlock } from '../matrix.ts'
import { type ImportedForest, VIEW } from './imported-scores.ts'

/** LightGBM's kZeroThreshold, a float32: what is as near to 0 counts as 0. */
export const NEAR_ZERO = Math.fround(1e-35)
const CATEGORY24_END = 2 ** 24
const CATEGORY31_END = 2 ** 31

/**
 * Row-major rowCount × views. LightGBM as Tree::NumericalDecision and CategoricalDecision of its include/LightGBM/tree.h, with
 * values near 0 dropped as RowPairFunctionFromDenseMatric of src/c_api.cpp does; XGBoost as Decision of its
 * src/common/categorical.h and the float32 of its DMatrix. O(rows × views).
 */
export function viewRows({ sources, views }: Pick<ImportedForest, 'sources' | 'views'>, x: RowBlock): Float64Array {
  const { rowCount, columnCount, values } = x
  const width = views.length
  const seen = new Float64Array(rowCount * width)
  for (let v = 0; v < width; v++) {
    const view = views[v] as number
    const source = sources[v] as number
    // The views of nearly all columns have loops of their own, without a choice for each value.
    if (view === VIEW.float32) {
      for (let i = 0, from = source, to = v; i < rowCount; i++, from += columnCount, to += width) {
        seen[to] = Math.fround(values[from] as number)
      }
    } else if (view === VIEW.double) {
      for (let i = 0, from = source, to = v; i < rowCount; i++, from += columnCount, to += width) {
        const value = values[from] as number
        seen[to] = Math.abs(value) <= NEAR_ZERO ? 0 : value
      }
    } else {
      for (let i = 0, from = source, to = v; i < rowCount; i++, from += columnCount, to += width) {
        seen[to] = seenAs(view, values[from] as number)
      }
    }
  }
  return seen
}

/** One value as a view shows it. */
export function seenAs(view: number, value: number): number {
  switch (view) {
    case VIEW.float32:
      return Math.fround(value)
    case VIEW.category24: {
      const rounded = Math.fround(value)
      if (Number.isNaN(rounded)) return rounded
      return rounded < 0 || rounded >= CATEGORY24_END ? -1 : Math.trunc(rounded)
    }
    case VIEW.double:
      return Math.abs(value) <= NEAR_ZERO ? 0 : value
    case VIEW.zeroMissing:
      return Math.abs(value) <= NEAR_ZERO ? Number.NaN : value
    default: {
      const category = Math.trunc(value)
      return category >= 0 && category < CATEGORY31_END ? category : -1
    }
  }
}
