// Divides rows into a part to train on and a part to validate on.
import { DataError } from './errors.ts'
import type { ClassTarget } from './estimator.ts'
import { Random } from './random.ts'

export interface Split {
  /** Row indices, ascending; together with those of `validation` every row once, but for splits of a time series. */
  readonly training: Int32Array
  readonly validation: Int32Array
}

/**
 * Holds out ⌈validationFraction · rows⌉ rows, drawn at random. With a class target the parts have the classes in the
 * proportions of the whole, by the method of the largest remainder with ties broken at random, as scikit-learn's
 * StratifiedShuffleSplit. Unlike there a class of one row is taken: every class keeps a row to train on where there is
 * room, those of two rows or more always. O(rows + classes²); 9 bytes a row.
 *
 * rowCount            rows to divide
 * validationFraction  above 0 and below 1
 * seed                an integer from 0 to 2^32 − 1; the same seed gives the same split
 * classes             codes of rowCount rows; without it the rows are all alike, as for a regression
 * Throws DataError when a part would be empty, or training too small for all classes of two rows or more.
 */
export function stratifiedSplit(
  rowCount: number,
  validationFraction: number,
  seed: number,
  classes?: ClassTarget,
): Split {
  const validationCount = Math.ceil(validationFraction * rowCount)
  const trainingCount = rowCount - validationCount
  if (validationCount < 1 || trainingCount < 1) {
    throw new DataError(
      `${rowCount} rows are too few to hold out a fraction of ${validationFraction} and to train on the rest`,
    )
  }
  const random = new Random(seed)
  const rowsByClass = groupRows(rowCount, classes)
  const sizes = rowsByClass.map((rows) => rows.length)
  const trainingSizes = divideClasses(sizes, trainingCount, random)
  const isTraining = new Uint8Array(rowCount)
  rowsByClass.forEach((rows, c) => {
    random.shuffle(rows)
    for (let k = 0; k < (trainingSizes[c] as number); k++) isTraining[rows[k] as number] = 1
  })
  const training = new Int32Array(trainingCount)
  const validation = new Int32Array(validationCount)
  let t = 0
  let v = 0
  for (let i = 0; i < rowCount; i++) {
    if (isTraining[i] === 1) training[t++] = i
    else validation[v++] = i
  }
  return { training, validation }
}

/** The rows of each class that has any, ascending. */
function groupRows(rowCount: number, classes: ClassTarget | undefined): Int32Array[] {
  if (classes === undefined) return [Int32Array.from({ length: rowCount }, (_, i) => i)]
  const { codes, classNames } = classes
  const sizes = new Int32Array(classNames.length)
  for (const code of codes) sizes[code] = (sizes[code] as number) + 1
  const groups = Array.from(sizes, (size) => new Int32Array(size))
  const filled = new Int32Array(classNames.length)
  codes.forEach((code, i) => {
    const at = filled[code] as number
    ;(groups[code] as Int32Array)[at] = i
    filled[code] = at + 1
  })
  return groups.filter((group) => group.length > 0)
}

/** How many rows of each class go to training: `trainingCount` in all, each class at most its size. */
function divideClasses(sizes: readonly number[], trainingCount: number, random: Random): Int32Array {
  const rowCount = sizes.reduce((sum, size) => sum + size, 0)
  // Quotients and remainders of integers, so that equal classes tie exactly.
  const remainders = sizes.map((size) => (size * trainingCount) % rowCount)
  const training = Int32Array.from(sizes, (size, c) => (size * trainingCount - (remainders[c] as number)) / rowCount)
  const order = Int32Array.from(sizes, (_, c) => c)
  random.shuffle(order)
  order.sort((a, b) => (remainders[b] as number) - (remainders[a] as number))
  const left = trainingCount - training.reduce((sum, count) => sum + count, 0)
  for (const c of order.subarray(0, left)) training[c] = (training[c] as number) + 1
  giveEveryClassARow(sizes, training)
  return training
}

/** Moves single places in training from where there are most to classes that have none, classes of two rows first. */
function giveEveryClassARow(sizes: readonly number[], training: Int32Array): void {
  const isWithout = (c: number): boolean => training[c] === 0
  const classes = sizes.map((_, c) => c)
  const large = classes.filter((c) => (sizes[c] as number) >= 2)
  const single = classes.filter((c) => sizes[c] === 1)
  for (const c of [...large.filter(isWithout), ...single.filter(isWithout)]) {
    let giver = classes.reduce((a, b) => ((training[b] as number) > (training[a] as number) ? b : a))
    if ((training[giver] as number) < 2) {
      if (sizes[c] === 1) return
      const singleGiver = single.find((s) => training[s] === 1)
      if (singleGiver === undefined) {
        const places = training.reduce((sum, count) => sum + count, 0)
        throw new DataError(`${places} rows to train on are too few for ${large.length} classes of two rows or more`)
      }
      giver = singleGiver
    }
    training[giver] = (training[giver] as number) - 1
    training[c] = 1
  }
}
