// Whether a model answers golden tensors as its framework did.
import { ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import { shown } from '../../model/shown.ts'
import type { TensorElements, TensorValues } from '../../model/tensor-model.ts'
import { differenceOf, type GoldenComparison } from './compare-golden.ts'

/** What was expected of one case, and what came, in the same order. */
export interface ComparedCase {
  readonly expected: readonly TensorValues[]
  readonly got: readonly TensorValues[]
}

/**
 * By datatype, where the caller says no other. Kernels add up in other orders than those of the framework; float16 has eleven bits.
 * Integers, booleans and texts are to be the same.
 */
const TOLERANCES: Readonly<Record<string, number>> = { FP16: 2e-3, FP32: 1e-5, FP64: 1e-5 }

/** Of so many rows. */
export interface TensorTolerance {
  readonly given: number | undefined
  readonly rowCount: number
}

/**
 * Throws ServiceError GOLDEN_ROWS_DIFFER with the first elements that differ, each by its tensor and its place in row-major order.
 * Numbers differ by |a − b| relative to |expected|, and to no less than the mean of the absolute values of the tensor. O(elements).
 */
export function compareTensors(cases: readonly ComparedCase[], { given, rowCount }: TensorTolerance): GoldenComparison {
  const faults = new FaultList()
  let worst: GoldenComparison['worst'] = null
  let tolerance = given ?? 0
  let elementCount = 0
  for (const [i, { expected, got }] of cases.entries()) {
    const which = cases.length === 1 ? '' : `case ${i}: `
    for (const [k, wanted] of expected.entries()) {
      const { name, datatype, shape } = wanted
      const answer = got[k] as TensorValues
      const allowed = given ?? TOLERANCES[datatype] ?? 0
      tolerance = Math.max(tolerance, allowed)
      elementCount += wanted.data.length
      if (JSON.stringify(answer.shape) !== JSON.stringify(shape)) {
        const detail = `${which}expected the shape ${shown(shape)}, the model gives ${shown(answer.shape)}`
        faults.add({ in: 'golden', column: name, detail })
        continue
      }
      const floor = TOLERANCES[datatype] === undefined ? undefined : meanSize(wanted.data as Float64Array)
      for (let row = 0; row < wanted.data.length; row++) {
        const [a, b] = [elementAt(wanted, row), elementAt(answer, row)]
        const difference = floor === undefined ? (a === b ? 0 : Infinity) : differenceOf(Number(a), Number(b), floor)
        if (floor !== undefined && difference > (worst?.difference ?? 0)) worst = { difference, row, column: name }
        if (difference > allowed) {
          const detail = `${which}expected ${shownElement(a)}, the model gives ${shownElement(b)}`
          faults.add({ in: 'golden', row, column: name, detail })
        }
      }
    }
  }
  const [first = { expected: [] }] = cases
  if (!faults.isEmpty) throw differ(faults, elementCount, worst)
  return { rows: rowCount, columns: first.expected.map(({ name }) => name), tolerance, worst }
}

type Element = number | bigint | string

function elementAt({ data }: TensorValues, at: number): Element {
  return (data as ArrayLike<Element>)[at] as Element
}

function shownElement(value: Element): string {
  return typeof value === 'bigint' ? String(value) : typeof value === 'number' ? String(value) : shown(value)
}

/** The mean of the absolute values that are finite. */
function meanSize(data: Exclude<TensorElements, readonly string[] | BigInt64Array | BigUint64Array>): number {
  let sum = 0
  let count = 0
  for (let i = 0; i < data.length; i++) {
    const size = Math.abs(data[i] as number)
    if (!Number.isFinite(size)) continue
    sum += size
    count += 1
  }
  return count === 0 ? 0 : sum / count
}

function differ(faults: FaultList, elementCount: number, worst: GoldenComparison['worst']): ServiceError {
  const most =
    worst === null
      ? ''
      : `; the largest difference is ${worst.difference} in element ${worst.row} of ${shown(worst.column)}`
  const detail = `${faults.count} of ${elementCount} golden elements differ${most}: the file does not say what the framework predicts`
  return new ServiceError('GOLDEN_ROWS_DIFFER', detail, { faults })
}
