// What the kinds of naive Bayes that count share: how likely each class is before anything is seen, and how counts are smoothed.
import { ParameterError } from '../errors.ts'

/** The least alpha, where force_alpha is false. */
const ALPHA_MIN = 1e-10

/** The values divided by their sum, which is above 0. */
export function shares(values: Float64Array): Float64Array {
  // In units of the greatest first: sums of extreme weights would overflow.
  const greatest = values.reduce((max, value) => Math.max(max, value), 0)
  const scaled = values.map((value) => value / greatest)
  const sum = scaled.reduce((total, value) => total + value, 0)
  return scaled.map((value) => value / sum)
}

/** Priors that were given for the classes, in the order of the class codes. Throws ParameterError. */
export function givenPriors(given: readonly number[], classCount: number, parameter: string): Float64Array {
  const sum = given.reduce((total, prior) => total + prior, 0)
  const faults = []
  if (given.length !== classCount) {
    faults.push({ parameter, message: `expected one number for each of ${classCount} classes, got ${given.length}` })
  }
  if (Math.abs(sum - 1) > 1e-8) faults.push({ parameter, message: `expected numbers that sum to 1, got ${sum}` })
  if (faults.length > 0) throw new ParameterError(faults)
  return Float64Array.from(given)
}

/** What is added to each count. */
export function smoothingOf({ alpha, force_alpha }: { alpha: number; force_alpha: boolean }): number {
  return force_alpha ? alpha : Math.max(alpha, ALPHA_MIN)
}

/** Probabilities of the classes before anything is seen; 0 for one without rows, unless class_prior says otherwise. */
export function priorsOf(
  { class_prior, fit_prior }: { class_prior: readonly number[] | null; fit_prior: boolean },
  classWeights: Float64Array,
): Float64Array {
  if (class_prior !== null) return givenPriors(class_prior, classWeights.length, 'class_prior')
  return shares(fit_prior ? classWeights : classWeights.map((weight) => (weight > 0 ? 1 : 0)))
}
