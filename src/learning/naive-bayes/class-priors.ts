// How likely each class is before anything is seen.

import { ParameterError } from '../errors.ts'

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
