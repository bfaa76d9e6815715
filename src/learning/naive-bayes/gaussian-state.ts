// The state of Gaussian naive Bayes, checked.
import { StateError } from '../errors.ts'
import type { EstimatorState, StateValue } from '../estimator.ts'
import type { ClassNormals } from './fitted-gaussian-naive-bayes.ts'

/** Throws StateError. */
export function normalsFromState(state: EstimatorState): ClassNormals {
  const { columnCount, scale } = state
  require(typeof columnCount === 'number' && Number.isSafeInteger(columnCount) && columnCount >= 1, 'columnCount')
  require(typeof scale === 'number' && scale > 0 && Number.isFinite(scale), 'scale')
  const priors = numbers(state['priors'], 'priors')
  const sum = priors.reduce((total, prior) => total + prior, 0)
  require(priors.length >= 1 && priors.every((prior) => prior >= 0) && Math.abs(sum - 1) < 1e-6, 'priors')
  const means = numbers(state['means'], 'means')
  const variances = numbers(state['variances'], 'variances')
  const length = priors.length * columnCount
  require(means.length === length, 'means')
  require(variances.length === length && variances.every((variance) => variance >= 0), 'variances')
  // A column says something of every class or of none; and 1 ÷ variance is finite.
  require(variances.every((variance, k) => variance > 0 === (variances[k % columnCount] as number) > 0), 'variances')
  require(variances.every((variance) => variance === 0 || variance >= 2 ** -1022), 'variances')
  return { columnCount, scale, priors, means, variances }
}

function numbers(value: StateValue | undefined, name: string): Float64Array {
  require(value instanceof Float64Array && value.every(Number.isFinite), name)
  return value
}

function require(holds: boolean, name: string): asserts holds {
  if (!holds) throw new StateError(`Gaussian naive Bayes: ${name} is not what was written`)
}
