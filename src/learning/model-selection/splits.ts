// Divides rows into folds for cross-validation: each split trains on some rows and validates on others.
import { DataError } from '../errors.ts'
import type { ClassTarget } from '../estimator.ts'
import { Random } from '../random.ts'
import type { Split } from '../stratified-split.ts'
import { drawFolds } from './draw-folds.ts'

/** Folds at the most: fits of one cross-validation without repeats. */
export const FOLDS_MAX = 255

/**
 * Folds of equal size, drawn at random: sizes differ by one at the most (scikit-learn's KFold with shuffle). Every row is
 * validated once. O(rows × folds).
 *
 * count   folds, 2 … FOLDS_MAX
 * seed    an integer from 0 to 2^32 − 1
 * Throws DataError when there are fewer rows than folds.
 */
export function kFold(rowCount: number, count: number, seed: number): Split[] {
  requireCount(count, rowCount, 'rows')
  return splitsOf(drawFolds(rowCount, count, seed), count)
}

/**
 * The same with the classes in the proportions of the whole (scikit-learn's StratifiedKFold with shuffle). A class of fewer
 * rows than folds is absent from the validation of some. O(rows × (log rows + folds)).
 *
 * Throws DataError when every class has fewer rows than there are folds.
 */
export function stratifiedKFold(classes: ClassTarget, count: number, seed: number): Split[] {
  const { codes, classNames } = classes
  const sizes = countCodes(codes, classNames.length)
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0)
  requireCount(count, largest, 'rows of the largest class')
  return splitsOf(drawFolds(codes.length, count, seed, classes), count)
}

/**
 * Folds of whole groups: each group, from the largest on, goes to the fold with the fewest rows so far, as in
 * scikit-learn's GroupKFold. With a seed the groups come in a random order instead, so that repeats differ.
 * O(rows × folds + groups × (log groups + folds)).
 *
 * groups      codes of groups, 0 … groupCount − 1, one per row; the order of codes settles ties
 * Throws DataError when there are fewer groups than folds.
 */
export function groupKFold(groups: Int32Array, groupCount: number, count: number, seed?: number): Split[] {
  const sizes = countCodes(groups, groupCount)
  const order = Int32Array.from(sizes.keys()).filter((group) => (sizes[group] as number) > 0)
  requireCount(count, order.length, 'groups')
  if (seed === undefined) order.sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || b - a)
  else new Random(seed).shuffle(order)
  const rowsIn = new Float64Array(count)
  const foldOf = new Uint8Array(groupCount)
  for (const group of order) {
    const fold = firstSmallest(rowsIn)
    rowsIn[fold] = (rowsIn[fold] as number) + (sizes[group] as number)
    foldOf[group] = fold
  }
  return splitsOf(
    Uint8Array.from(groups, (group) => foldOf[group] as number),
    count,
  )
}

/**
 * Folds of whole groups with the classes near the proportions of the whole, by the greedy rule of scikit-learn's
 * StratifiedGroupKFold: groups come by the spread of their class counts, and each goes to the fold where the shares of
 * classes then differ least between folds. With a seed, groups of equal spread come in a random order.
 * O(rows × folds + groups × (log groups + folds² × classes)).
 *
 * Throws DataError when there are fewer groups than folds, or every class has fewer rows than that.
 */
export function stratifiedGroupKFold(
  groups: Int32Array,
  groupCount: number,
  classes: ClassTarget,
  count: number,
  seed?: number,
): Split[] {
  const classCount = classes.classNames.length
  const totals = countCodes(classes.codes, classCount)
  requireCount(
    count,
    totals.reduce((a, b) => Math.max(a, b), 0),
    'rows of the largest class',
  )
  const perGroup = Array.from({ length: groupCount }, () => new Float64Array(classCount))
  groups.forEach((group, row) => {
    const counts = perGroup[group] as Float64Array
    const code = classes.codes[row] as number
    counts[code] = (counts[code] as number) + 1
  })
  const order = Int32Array.from(perGroup.keys()).filter((group) => (perGroup[group] as Float64Array).some((n) => n > 0))
  requireCount(count, order.length, 'groups')
  if (seed !== undefined) new Random(seed).shuffle(order)
  const spreads = perGroup.map(spreadOf)
  order.sort((a, b) => (spreads[b] as number) - (spreads[a] as number))
  const folds = Array.from({ length: count }, () => new Float64Array(classCount))
  const foldOf = new Uint8Array(groupCount)
  for (const group of order) {
    const counts = perGroup[group] as Float64Array
    const fold = mostEvenFold(folds, counts, totals)
    const into = folds[fold] as Float64Array
    counts.forEach((n, c) => {
      into[c] = (into[c] as number) + n
    })
    foldOf[group] = fold
  }
  return splitsOf(
    Uint8Array.from(groups, (group) => foldOf[group] as number),
    count,
  )
}

/**
 * Trains on the rows before a time and validates on those that come next, `count` times with growing training parts, as
 * scikit-learn's TimeSeriesSplit: rows / (count + 1), rounded down, are validated each time. Rows of one time stay
 * together: a cut within them moves before the first. The earliest rows are never validated. O(rows × (log rows + count)).
 *
 * times   one number per row, in any order, none NaN
 * count   splits, 2 … FOLDS_MAX
 * Throws DataError when there are too few different times.
 */
export function timeSeriesSplit(times: Float64Array, count: number): Split[] {
  const rowCount = times.length
  requireCount(count, rowCount - 1, 'rows after the first')
  const order = Int32Array.from(times.keys()).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b)
  const timeAt = (place: number): number => times[order[place] as number] as number
  const size = Math.floor(rowCount / (count + 1))
  const cuts = Array.from({ length: count + 1 }, (_, k) => {
    let cut = rowCount - (count - k) * size
    while (cut < rowCount && cut > 0 && timeAt(cut) === timeAt(cut - 1)) cut -= 1
    return cut
  })
  return cuts.slice(0, -1).map((start, k) => {
    const end = cuts[k + 1] as number
    if (start === 0 || end === start) throw new DataError(`the rows have too few different times for ${count} splits`)
    return { training: order.slice(0, start).sort(), validation: order.slice(start, end).sort() }
  })
}

/** The splits of several draws, one after the other, each draw with a seed of its own. repeats: 1 or more. */
export function repeatSplits(repeats: number, seed: number, draw: (seed: number) => Split[]): Split[] {
  const seeds = new Random(seed)
  return Array.from({ length: repeats }, () => draw(seeds.uint32())).flat()
}

function requireCount(count: number, most: number, what: string): void {
  if (!Number.isInteger(count) || count < 2 || count > FOLDS_MAX) {
    throw new DataError(`expected 2 to ${FOLDS_MAX} folds, got ${count}`)
  }
  if (count > most) throw new DataError(`${most} ${what} are too few for ${count} folds`)
}

function splitsOf(folds: Uint8Array, count: number): Split[] {
  const rows = Int32Array.from(folds.keys())
  return Array.from({ length: count }, (_, fold) => ({
    training: rows.filter((row) => folds[row] !== fold),
    validation: rows.filter((row) => folds[row] === fold),
  }))
}

function countCodes(codes: Int32Array, codeCount: number): Int32Array {
  const counts = new Int32Array(codeCount)
  for (const code of codes) counts[code] = (counts[code] as number) + 1
  return counts
}

function firstSmallest(values: Float64Array): number {
  return values.reduce((best, value, i) => (value < (values[best] as number) ? i : best), 0)
}

/** The standard deviation of the values. */
function spreadOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

/** The fold whose gain of `counts` leaves the folds most alike; of those that are as good, the one with the fewest rows. */
function mostEvenFold(folds: readonly Float64Array[], counts: Float64Array, totals: Int32Array): number {
  let best = 0
  let bestSpread = Number.POSITIVE_INFINITY
  let bestRows = Number.POSITIVE_INFINITY
  folds.forEach((fold, i) => {
    let spread = 0
    let present = 0
    totals.forEach((total, c) => {
      if (total === 0) return
      const share = (of: Float64Array, k: number): number =>
        ((of[c] as number) + (k === i ? (counts[c] as number) : 0)) / total
      spread += spreadOf(Float64Array.from(folds, share))
      present += 1
    })
    spread /= present
    const rows = fold.reduce((sum, n) => sum + n, 0)
    // Differences that rounding makes are no differences: numpy.isclose with its defaults, as scikit-learn has it.
    const isAlike = Math.abs(spread - bestSpread) <= 1e-8 + 1e-5 * Math.abs(bestSpread)
    if (spread < bestSpread || (isAlike && rows < bestRows)) {
      best = i
      bestSpread = spread
      bestRows = rows
    }
  })
  return best
}
