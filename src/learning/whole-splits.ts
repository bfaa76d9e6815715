// Divides rows into a part to train on and a part to validate on where some rows belong together: by time, or by group.
import { DataError } from './errors.ts'
import type { ClassTarget } from './estimator.ts'
import { Random } from './random.ts'
import type { Split } from './stratified-split.ts'

/** Looks at all groups, at the most; three or four are mostly enough. */
const PASSES_MAX = 20
/** Orders of the groups that are tried, fewer of many groups, which come near in any order. */
const DRAWS_MAX = 10
const CELLS_MAX = 1_000_000
/** Smaller gains may be rounding, and would go back and forth. */
const GAIN_MIN = 1e-12

/**
 * Holds out the latest rows: as near to ⌈validationFraction · rows⌉ as rows of one time allow, which stay together; of
 * two cuts that are as near, the one that holds out more. O(rows log rows).
 *
 * times   one number per row, none NaN
 * Throws DataError when all rows have the same time.
 */
export function latestSplit(times: Float64Array, validationFraction: number): Split {
  const wanted = Math.ceil(validationFraction * times.length)
  const sorted = times.toSorted()
  let cut = 0
  for (let start = 1; start < sorted.length; start++) {
    if (sorted[start] === sorted[start - 1]) continue
    const isNearer = Math.abs(sorted.length - start - wanted) < Math.abs(sorted.length - cut - wanted)
    if (cut === 0 || isNearer) cut = start
  }
  if (cut === 0) throw new DataError('all rows have the same time: none of them are later than others')
  const first = sorted[cut] as number
  return splitBy(times.length, (row) => (times[row] as number) >= first)
}

/**
 * Holds out whole groups, drawn at random: each in turn goes over to the other side where that brings the held-out shares
 * of classes nearer to validationFraction (in the sum of squares), until none does, so that classes keep their
 * proportions as far as whole groups allow; the best of ten orders. O(rows + groups × classes).
 *
 * groups    codes of groups, 0 … groupCount − 1
 * seed      an integer from 0 to 2^32 − 1
 * classes   codes of as many rows; without it rows are all alike
 * Throws DataError when there are fewer than two groups.
 */
export function groupSplit(
  groups: Int32Array,
  groupCount: number,
  validationFraction: number,
  seed: number,
  classes?: ClassTarget,
): Split {
  const classCount = classes?.classNames.length ?? 1
  const codes = classes?.codes ?? new Int32Array(groups.length)
  const counts = new Float64Array(groupCount * classCount)
  const totals = new Float64Array(classCount)
  const sizes = new Int32Array(groupCount)
  groups.forEach((group, row) => {
    const code = codes[row] as number
    const at = group * classCount + code
    counts[at] = (counts[at] as number) + 1
    totals[code] = (totals[code] as number) + 1
    sizes[group] = (sizes[group] as number) + 1
  })
  const order = Int32Array.from(sizes.keys()).filter((group) => (sizes[group] as number) > 0)
  if (order.length < 2) throw new DataError('all rows are of one group: it cannot be on both sides')
  const draws = Math.max(1, Math.min(DRAWS_MAX, Math.floor(CELLS_MAX / counts.length)))
  let best: Drawn | undefined
  for (let draw = 0; draw < draws; draw++) {
    new Random(seed, draw).shuffle(order)
    const drawn = drawGroups({ order, counts, totals, sizes, share: validationFraction })
    if (best === undefined || drawn.cost < best.cost) best = drawn
  }
  return splitBy(groups.length, (row) => best?.isHeld[groups[row] as number] === 1)
}

interface Groups {
  /** Those that have rows, in the order in which they are looked at. */
  readonly order: Int32Array
  /** Row-major groups × classes. */
  readonly counts: Float64Array
  /** Rows of each class. */
  readonly totals: Float64Array
  /** Rows of each group. */
  readonly sizes: Int32Array
  /** Of each class what is to be held out. */
  readonly share: number
}

interface Drawn {
  readonly isHeld: Uint8Array
  /** How far the held-out shares of classes are off: a sum of squares. */
  readonly cost: number
}

/** Lets groups go over to the other side, one by one, until none brings the shares nearer. */
function drawGroups({ order, counts, totals, sizes, share }: Groups): Drawn {
  const classCount = totals.length
  const held = new Float64Array(classCount)
  const isHeld = new Uint8Array(sizes.length)
  let left = order.length
  const signOf = (group: number): number => (isHeld[group] === 1 ? -1 : 1)
  const gainOf = (group: number): number => {
    let gain = 0
    for (let c = 0; c < classCount; c++) {
      const total = totals[c] as number
      if (total === 0) continue
      const off = (held[c] as number) / total - share
      const moved = (signOf(group) * (counts[group * classCount + c] as number)) / total
      gain -= moved * (2 * off + moved)
    }
    return gain
  }
  const move = (group: number): void => {
    const sign = signOf(group)
    for (let c = 0; c < classCount; c++) {
      held[c] = (held[c] as number) + sign * (counts[group * classCount + c] as number)
    }
    isHeld[group] = sign === 1 ? 1 : 0
    left -= sign
  }
  for (let pass = 0, moves = 1; pass < PASSES_MAX && moves > 0; pass++) {
    moves = 0
    for (const group of order) {
      if ((left === 1 && isHeld[group] === 0) || gainOf(group) <= GAIN_MIN) continue
      move(group)
      moves += 1
    }
  }
  // Every group is more than twice what is to be held out: the smallest comes nearest.
  if (left === order.length) move(order.reduce((a, b) => ((sizes[b] as number) < (sizes[a] as number) ? b : a)))
  const cost = totals.reduce((sum, total, c) => sum + (total === 0 ? 0 : ((held[c] as number) / total - share) ** 2), 0)
  return { isHeld, cost }
}

function splitBy(rowCount: number, isHeld: (row: number) => boolean): Split {
  const rows = Int32Array.from({ length: rowCount }, (_, row) => row)
  return { training: rows.filter((row) => !isHeld(row)), validation: rows.filter(isHeld) }
}
