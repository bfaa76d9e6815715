// The isolation forest of a version as plain data, as an artifact holds it beside the baseline.
import { FittedIsolationForest } from '../learning/anomaly/fitted-isolation-forest.ts'
import { StateError } from '../learning/errors.ts'
import type { EstimatorState, StateValue } from '../learning/estimator.ts'
import { type ForestColumn, RowForest } from './row-forest.ts'

export function rowForestData({ columns, fitted, heldOut, highest }: RowForest): StateValue {
  return {
    places: Int32Array.from(columns, ({ place }) => place),
    shares: columns.map(({ shares }) => shares ?? new Float64Array(0)),
    areShares: Uint8Array.from(columns, ({ shares }) => (shares === undefined ? 0 : 1)),
    forest: fitted.toState(),
    heldOut,
    highest,
  }
}

/** Undefined of a value that is none: of an artifact that has none, or of another version of the worker. O(nodes). */
export function readRowForest(value: unknown): RowForest | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { places, shares, areShares, forest, heldOut, highest } = value as Record<string, unknown>
  if (!(places instanceof Int32Array) || !(areShares instanceof Uint8Array) || !(highest instanceof Float64Array)) {
    return undefined
  }
  const areLists = Array.isArray(shares) && shares.every((each) => each instanceof Float64Array)
  const isCount = Number.isSafeInteger(heldOut) && (heldOut as number) >= highest.length
  const isDescending = highest.every((score, i) => i === 0 || score <= (highest[i - 1] as number))
  if (!areLists || !isCount || !isDescending || !places.every((place) => place >= 0)) return undefined
  if (shares.length !== places.length || areShares.length !== places.length) return undefined
  try {
    const fitted = FittedIsolationForest.restore(forest as EstimatorState)
    const columns = Array.from(places, (place, j): ForestColumn => {
      return { place, shares: areShares[j] === 1 ? (shares[j] as Float64Array) : undefined }
    })
    if (fitted.columnCount !== columns.length) return undefined
    return new RowForest(columns, fitted, { count: heldOut as number, highest })
  } catch (error) {
    if (error instanceof StateError || error instanceof TypeError) return undefined
    throw error
  }
}
