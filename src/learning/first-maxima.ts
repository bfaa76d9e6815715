// From class probabilities to predicted classes.

/**
 * Writes the class of each row to `codes`: the first of those with the greatest probability. Row-major rows ×
 * classCount.
 */
export function firstMaxima(probabilities: Float64Array, classCount: number, codes: Int32Array): Int32Array {
  for (let i = 0, start = 0; i < codes.length; i++, start += classCount) {
    let best = 0
    for (let c = 1; c < classCount; c++) {
      if ((probabilities[start + c] as number) > (probabilities[start + best] as number)) best = c
    }
    codes[i] = best
  }
  return codes
}
