// Divides rows into folds of equal size, for what must not be learned from a row itself.
import type { ClassTarget } from '../estimator.ts'
import { Random } from '../random.ts'

/**
 * The fold of each row, 0 … foldCount − 1, drawn at random: sizes differ by one at the most, and with classes the rows of
 * each class are spread evenly too (scikit-learn's KFold and StratifiedKFold with shuffle). O(rows).
 *
 * foldCount   2 to 255; with fewer rows than that some folds are empty
 * seed        an integer from 0 to 2^32 − 1
 */
export function drawFolds(rowCount: number, foldCount: number, seed: number, classes?: ClassTarget): Uint8Array {
  const order = Int32Array.from({ length: rowCount }, (_, i) => i)
  new Random(seed).shuffle(order)
  if (classes !== undefined) order.sort((a, b) => (classes.codes[a] as number) - (classes.codes[b] as number))
  const folds = new Uint8Array(rowCount)
  order.forEach((row, k) => {
    folds[row] = k % foldCount
  })
  return folds
}
