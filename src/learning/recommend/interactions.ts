// Who took what, and how often: the rows of a training as lists by user and by item.
import { DataError } from '../errors.ts'
import type { ClassTarget } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'

/** Lists by user, or by item: those of entry i stand from starts[i] to starts[i + 1], ascending, each other once. */
export interface Interactions {
  readonly starts: Int32Array
  readonly others: Int32Array
  /** The sum of the weights of the rows with this pair: above 0. */
  readonly weights: Float64Array
}

/** The same pairs from both sides. */
export interface BothSides {
  readonly byUser: Interactions
  readonly byItem: Interactions
}

/**
 * The pairs of user and item in the rows. Pairs that come more than once are one, with the sum of their weights; rows of
 * weight 0 count as absent.
 *
 * x  one categorical column: the users
 * Throws DataError where there is another column, no row with weight, a user that is missing, or a sum that no number holds.
 * O(rows + users + items + pairs log pairs of a user).
 */
export function readInteractions(x: Matrix, { codes, classNames }: ClassTarget, weights?: Float64Array): BothSides {
  const [column] = x.columns
  const userCount = x.categoryCounts[0] ?? 0
  if (column === undefined || x.columns.length !== 1 || x.sparse !== undefined || userCount === 0) {
    throw new DataError('a recommender learns from one column, which holds users as categories')
  }
  const byUser = new PairWriter(userCount, classNames.length)
  for (let i = 0; i < x.rowCount; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number)
    if (weight === 0) continue
    const user = column[i] as number
    if (Number.isNaN(user)) throw new DataError('a user is missing: each row of a training needs one')
    byUser.count(user)
  }
  byUser.place()
  for (let i = 0; i < x.rowCount; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number)
    if (weight > 0) byUser.add(column[i] as number, codes[i] as number, weight)
  }
  const interactions = byUser.finish()
  if (interactions.others.length === 0) throw new DataError('no row with a weight above 0 to learn from')
  if (!interactions.weights.every(Number.isFinite))
    throw new DataError('the weights of a user and an item sum to infinity')
  return { byUser: interactions, byItem: transposed(interactions, classNames.length) }
}

/** The same pairs from the other side. O(pairs). */
export function transposed({ starts, others, weights }: Interactions, otherCount: number): Interactions {
  const writer = new PairWriter(otherCount, starts.length - 1)
  for (const other of others) writer.count(other)
  writer.place()
  for (let i = 0; i < starts.length - 1; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      writer.add(others[k] as number, i, weights[k] as number)
    }
  }
  return writer.finish()
}

/** Counts pairs, gives each entry its place, then takes them in. */
class PairWriter {
  private readonly starts: Int32Array
  private readonly ends: Int32Array
  private readonly otherCount: number
  private others = new Int32Array(0)
  private weights = new Float64Array(0)

  constructor(count: number, otherCount: number) {
    this.starts = new Int32Array(count + 1)
    this.ends = new Int32Array(count)
    this.otherCount = otherCount
  }

  count(entry: number): void {
    this.starts[entry + 1] = (this.starts[entry + 1] as number) + 1
  }

  place(): void {
    const { starts, ends } = this
    for (let i = 0; i < ends.length; i++) {
      ends[i] = starts[i] as number
      starts[i + 1] = (starts[i] as number) + (starts[i + 1] as number)
    }
    this.others = new Int32Array(starts[ends.length] as number)
    this.weights = new Float64Array(this.others.length)
  }

  add(entry: number, other: number, weight: number): void {
    const at = this.ends[entry] as number
    this.others[at] = other
    this.weights[at] = weight
    this.ends[entry] = at + 1
  }

  /** Each list in order, equal pairs added up in the order in which they came. */
  finish(): Interactions {
    const { starts, others, weights, otherCount } = this
    const sums = new Float64Array(otherCount)
    const kept = new Int32Array(starts.length)
    let end = 0
    for (let i = 0; i < starts.length - 1; i++) {
      const [from, to] = [starts[i] as number, starts[i + 1] as number]
      if (areAscending(others, from, to)) {
        others.copyWithin(end, from, to)
        weights.copyWithin(end, from, to)
        end += to - from
        kept[i + 1] = end
        continue
      }
      for (let k = from; k < to; k++) {
        const other = others[k] as number
        sums[other] = (sums[other] as number) + (weights[k] as number)
      }
      const list = others.subarray(from, to).sort()
      for (const other of list) {
        if (end > (kept[i] as number) && others[end - 1] === other) continue
        others[end] = other
        weights[end] = sums[other] as number
        end += 1
      }
      for (let k = kept[i] as number; k < end; k++) sums[others[k] as number] = 0
      kept[i + 1] = end
    }
    return { starts: kept, others: others.slice(0, end), weights: weights.slice(0, end) }
  }
}

/** Whether each of entries [from, to) is above the one before it. */
function areAscending(others: Int32Array, from: number, to: number): boolean {
  for (let k = from + 1; k < to; k++) if ((others[k] as number) <= (others[k - 1] as number)) return false
  return true
}
