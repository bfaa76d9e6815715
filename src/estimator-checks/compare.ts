// What a fitted estimator says, and how far two sayings or two states agree.
import type { FittedEstimator, StateValue } from '../learning/estimator.ts'
import type { RowBlock } from '../learning/matrix.ts'
import { type Agreement, claim } from './subject.ts'

const TOLERANCE = 1e-6

/** The main output of any kind of fitted estimator: probabilities, values, clusters or scores. */
export function predictWith(fitted: FittedEstimator, block: RowBlock): Float64Array | Int32Array {
  switch (fitted.kind) {
    case 'classifier':
      return fitted.predictProbabilities(block)
    case 'anomaly_detector':
      return fitted.decisionFunction(block)
    case 'recommender':
      return fitted.recommend(block).items
    default:
      return fitted.predict(block)
  }
}

/** Values that a prediction has for each row. */
export function outputWidth(fitted: FittedEstimator): number {
  if (fitted.kind === 'recommender') return fitted.listLength
  return fitted.kind === 'classifier' ? fitted.classCount : 1
}

/** Claims that two lists of numbers agree. `what` reads on before "differ". */
export function claimAgreement(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  agreement: Exclude<Agreement, 'none'>,
  what: string,
): void {
  claim(a.length === b.length, () => `${what} differ in length: ${a.length} and ${b.length}`)
  let scale = 1
  for (let i = 0; i < a.length; i++) scale = Math.max(scale, Math.abs(a[i] as number))
  for (let i = 0; i < a.length; i++) {
    const [u, v] = [a[i] as number, b[i] as number]
    const agrees = Object.is(u, v) || (agreement === 'close' && Math.abs(u - v) <= TOLERANCE * scale)
    claim(agrees, () => `${what} differ at ${i}: ${u} and ${v}`)
  }
}

/** Where two states first differ, or undefined. Numbers are compared by bits, arrays by type as well. */
export function firstDifference(a: StateValue, b: StateValue, path = 'state'): string | undefined {
  if (Object.is(a, b)) return undefined
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return `${path}: ${a} and ${b}`
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path} is of another type`
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    if (a.length !== b.length) return `${path} has ${a.length} and ${b.length} values`
    for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return `${path}[${i}]: ${a[i]} and ${b[i]}`
    return undefined
  }
  const [left, right] = [Object.entries(a), Object.entries(b)]
  if (left.map(([key]) => key).join() !== right.map(([key]) => key).join()) return `${path} has other keys`
  for (const [i, [key, value]] of left.entries()) {
    const found = firstDifference(value, right[i]?.[1] as StateValue, `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

export function claimSameState(a: FittedEstimator, b: FittedEstimator, what: string): void {
  const difference = firstDifference(a.toState(), b.toState())
  claim(difference === undefined, () => `${what}: ${difference}`)
}
