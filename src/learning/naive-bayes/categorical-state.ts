// The state of categorical naive Bayes, checked.
import { StateError } from '../errors.ts'
import type { EstimatorState } from '../estimator.ts'
import type { CategoryTables } from './fitted-categorical-naive-bayes.ts'

/** Throws StateError. */
export function tablesFromState({ categoryCounts, priors, logs }: EstimatorState): CategoryTables {
  require(categoryCounts instanceof Uint32Array && categoryCounts.length >= 1, 'categoryCounts')
  require(priors instanceof Float64Array && priors.length >= 1, 'priors')
  const sum = priors.reduce((total, prior) => total + prior, 0)
  require(priors.every((prior) => prior >= 0) && Math.abs(sum - 1) < 1e-6, 'priors')
  const cells = priors.length * categoryCounts.reduce((total, count) => total + count, 0)
  require(logs instanceof Float64Array && logs.length === cells, 'logs')
  // A log of a probability, −∞ included; rounding may leave it just above 0.
  require(logs.every((log) => log < 1e-6), 'logs')
  return { categoryCounts, priors, logs }
}

function require(holds: boolean, name: string): asserts holds {
  if (!holds) throw new StateError(`categorical naive Bayes: ${name} is not what was written`)
}
