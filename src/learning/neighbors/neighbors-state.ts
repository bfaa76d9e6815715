// Fitted neighbours as plain data, and back.
import { StateError } from '../errors.ts'
import type { EstimatorState, StateValue } from '../estimator.ts'
import { sharedFloat64, sharedUint32 } from '../parallel/shared-arrays.ts'
import type { Poll } from './answer-queries.ts'
import { type CompactValues, compactValues, isCompactValues } from './compact-values.ts'
import { indexOf, newRowStore } from './neighbor-index.ts'

/**
 * Rows stand in the smallest type that holds them: a byte a value for small integers, four where single precision
 * is enough. Boxes and filters are made anew by `pollFromState`.
 */
export function pollToState({ index, ballot, neighborCount }: Poll): EstimatorState {
  return {
    columnCount: index.columnCount,
    classCount: ballot.classCount,
    neighborCount,
    p: index.p,
    scale: index.scale,
    byDistance: ballot.byDistance,
    rows: compactValues(index.rows),
    targets: compactValues(ballot.targets),
    weights: ballot.weights && compactValues(ballot.weights),
    leaves: index.tree && { leafSize: index.tree.leafSize, order: compactOrder(index.tree.order) },
  }
}

/** Throws StateError. O(rows × columns). */
export function pollFromState(state: EstimatorState, kind: 'classifier' | 'regressor'): Poll {
  const columnCount = integer(state['columnCount'], 'columnCount', 1, 2 ** 31)
  const values = finite(state['rows'], 'rows')
  const rowCount = values.length / columnCount
  require(Number.isInteger(rowCount) && rowCount >= 1, `rows: ${values.length} values for ${columnCount} columns`)
  const neighborCount = integer(state['neighborCount'], 'neighborCount', 1, rowCount)
  const [fewest, most] = kind === 'classifier' ? [1, 2 ** 24] : [0, 0]
  const classCount = integer(state['classCount'], 'classCount', fewest, most)
  const targets = numbers(state['targets'], 'targets')
  require(targets.length === rowCount, `targets: ${targets.length} for ${rowCount} rows`)
  if (classCount > 0) targets.forEach((code) => void integer(code, 'targets', 0, classCount - 1))
  const weights = state['weights'] === null ? null : numbers(state['weights'], 'weights')
  require(weights === null || weights.length === rowCount, 'weights: not one a row')
  require(weights === null || weights.every((weight) => weight > 0 && weight <= 1), 'weights: not above 0 to 1')
  const byDistance = state['byDistance']
  require(typeof byDistance === 'boolean', 'byDistance: neither true nor false')
  const p = state['p'] === Number.POSITIVE_INFINITY ? state['p'] : positive(state['p'], 'p')
  const scale = positive(state['scale'], 'scale')
  const leaves = leavesFromState(state['leaves'], rowCount)
  const store = newRowStore(rowCount, columnCount, leaves !== null)
  store.rows.set(values)
  return {
    index: indexOf(store, columnCount, p, scale, leaves),
    ballot: { targets, classCount, weights, byDistance },
    neighborCount,
  }
}

function leavesFromState(
  leaves: StateValue | undefined,
  rowCount: number,
): { leafSize: number; order: Uint32Array } | null {
  if (leaves === null) return null
  require(isObject(leaves), 'leaves: neither null nor an object')
  const leafSize = integer(leaves['leafSize'], 'leafSize', 1, Number.MAX_SAFE_INTEGER)
  const stored = leaves['order']
  require(stored instanceof Uint16Array || stored instanceof Uint32Array, 'order: not of unsigned integers')
  require(stored.length === rowCount, `order: ${stored.length} places for ${rowCount} rows`)
  const order = sharedUint32(rowCount)
  const seen = new Uint8Array(rowCount)
  stored.forEach((row, i) => {
    require(row < rowCount && seen[row] === 0, 'order: not a permutation')
    seen[row] = 1
    order[i] = row
  })
  return { leafSize, order }
}

function compactOrder(order: Uint32Array): Uint16Array | Uint32Array {
  return order.length <= 65536 ? Uint16Array.from(order) : Uint32Array.from(order)
}

/** Finite numbers of a compact array, in shared memory. */
function numbers(value: StateValue | undefined, name: string): Float64Array {
  const values = finite(value, name)
  const copy = sharedFloat64(values.length)
  copy.set(values)
  return copy
}

function finite(value: StateValue | undefined, name: string): CompactValues {
  require(isCompactValues(value), `${name}: not an array of numbers`)
  const isIntegers = !(value instanceof Float32Array || value instanceof Float64Array)
  require(isIntegers || value.every((number) => Number.isFinite(number)), `${name}: not all finite`)
  return value
}

function integer(value: StateValue | undefined, name: string, min: number, max: number): number {
  const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
  require(fits, `${name}: expected an integer from ${min} to ${max}`)
  return value
}

function positive(value: StateValue | undefined, name: string): number {
  require(typeof value === 'number' && Number.isFinite(value) && value > 0, `${name}: not above 0`)
  return value
}

function isObject(value: StateValue | undefined): value is EstimatorState {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function require(holds: boolean, message: string): asserts holds {
  if (!holds) throw new StateError(`nearest neighbours: ${message}`)
}
