// class_weight of every classifier, turned into sample weights once, before the fit.
import { DataError, ParameterError } from './errors.ts'
import type { ClassTarget } from './estimator.ts'
import { choice, mapOf, none, parameter, real } from './parameters.ts'

export type ClassWeight = null | 'balanced' | { readonly [className: string]: number }

/** null: all 1. "balanced": rows ÷ (classes × weighted rows of the class). An object: by label, 1 where not named. */
export const classWeightParameter = parameter<ClassWeight>(null, none, choice('balanced'), mapOf(real({ min: 0 })))

/**
 * The weight of each row: sampleWeight (1 where absent) times the weight of its class. Returns undefined when all are 1.
 * "balanced" counts rows, not weights, as scikit-learn's compute_class_weight does. O(rows).
 * Throws ParameterError when class_weight names a class that the labels do not have, DataError when the weights of all
 * rows are 0 or their sum overflows.
 */
export function weightRows(
  classWeight: ClassWeight,
  { codes, classNames }: ClassTarget,
  sampleWeight?: Float64Array,
): Float64Array | undefined {
  if (classWeight === null) return sampleWeight && requireSum(sampleWeight)
  const byClass = new Float64Array(classNames.length).fill(1)
  if (classWeight === 'balanced') {
    const counts = new Float64Array(classNames.length)
    for (const code of codes) counts[code] = (counts[code] as number) + 1
    const present = counts.filter((count) => count > 0).length
    counts.forEach((count, c) => {
      byClass[c] = count > 0 ? codes.length / (present * count) : 0
    })
  } else {
    const faults = []
    for (const [name, weight] of Object.entries(classWeight)) {
      const code = classNames.indexOf(name)
      if (code >= 0) byClass[code] = weight
      else
        faults.push({
          parameter: 'class_weight',
          message: `"${name}" is not one of the labels ${classNames.slice(0, 20).join(', ')}`,
        })
    }
    if (faults.length > 0) throw new ParameterError(faults)
  }
  const weights = new Float64Array(codes.length)
  for (let i = 0; i < weights.length; i++) {
    weights[i] = (sampleWeight?.[i] ?? 1) * (byClass[codes[i] as number] as number)
  }
  return requireSum(weights)
}

function requireSum(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  // No rows at all is for the estimator to say.
  if (weights.length === 0 || (total > 0 && total < Number.POSITIVE_INFINITY)) return weights
  throw new DataError(`the weights of the rows must have a finite sum above 0, got ${total}: see class_weight`)
}
