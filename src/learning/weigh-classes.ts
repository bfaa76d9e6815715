import type { ClassTarget } from './estimator.ts'

/** Sum of the weights of the rows of each class; rows where absent. O(rows); memory 8 bytes a class. */
export function weighClasses({ codes, classNames }: ClassTarget, sampleWeight?: Float64Array): Float64Array {
  const sums = new Float64Array(classNames.length)
  if (sampleWeight === undefined) {
    for (let i = 0; i < codes.length; i++) sums[codes[i] as number] = (sums[codes[i] as number] as number) + 1
  } else {
    for (let i = 0; i < codes.length; i++) {
      sums[codes[i] as number] = (sums[codes[i] as number] as number) + (sampleWeight[i] as number)
    }
  }
  return sums
}
