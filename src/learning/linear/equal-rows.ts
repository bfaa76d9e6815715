// Rows with the same features, as rows of categories alone often are: a linear fit needs each of them once, with its weight.
import { type SparseRows, SparseWriter, valueCountOf } from '../sparse.ts'
import { levelOfRows, NO_LEVEL } from './find-levels.ts'
import type { SplitMatrix } from './split-sparse.ts'

/** Fewer rows are fitted sooner than compared. */
const ROWS_MIN = 4096
/** Of the rows: with more different ones than that it is not worth it. */
const DIFFERENT_SHARE = 0.25
/** Rows that are compared, a row: more than a few means that their hashes are bad. */
const COMPARED_MAX = 8

/** groupOf: of each row the number of its group. first: of each group its first row. */
interface RowGroups {
  readonly groupOf: Int32Array
  readonly first: Int32Array
}

export interface MergedClasses {
  readonly split: SplitMatrix
  readonly codes: Int32Array
  readonly weights: Float64Array
}

/**
 * The rows without those that another one is equal to, in features and class, and the weights of each with these; undefined where
 * rows are few, there are dense columns, or most rows differ. Rows of weight 0 are left out. O(values). Memory: 12 bytes a row.
 *
 * codes    0 … classCount − 1 per row
 * weights  per row; absent for all 1
 */
export function mergeByClass(
  split: SplitMatrix,
  codes: Int32Array,
  classCount: number,
  weights?: Float64Array,
): MergedClasses | undefined {
  const groups = findGroups(split)
  if (groups === undefined || groups.first.length * classCount > DIFFERENT_SHARE * split.rowCount) return undefined
  const { groupOf, first } = groups
  const sums = new Float64Array(first.length * classCount)
  for (let i = 0; i < groupOf.length; i++) {
    const at = (groupOf[i] as number) * classCount + (codes[i] as number)
    sums[at] = (sums[at] as number) + (weights === undefined ? 1 : (weights[i] as number))
  }
  const writer = new SparseWriter()
  const ownCodes = new Int32Array(sums.length)
  let count = 0
  for (let g = 0, at = 0; g < first.length; g++) {
    for (let code = 0; code < classCount; code++, at++) {
      const weight = sums[at] as number
      if (!(weight > 0)) continue
      writer.addRow(split.sparse, first[g] as number)
      writer.endRow()
      ownCodes[count] = code
      sums[count++] = weight
    }
  }
  const sparse = writer.finish(split.sparse.columnCount)
  const merged = { ...split, rowCount: count, sparse }
  return { split: merged, codes: ownCodes.subarray(0, count), weights: sums.subarray(0, count) }
}

function findGroups({ rowCount, dense, sparse }: SplitMatrix): RowGroups | undefined {
  if (rowCount < ROWS_MIN || dense.length > 0) return undefined
  if (valueCountOf(sparse) <= rowCount) {
    const groups = groupByOnes(sparse)
    if (groups !== undefined) return groups
  }
  const groupsMax = Math.floor(DIFFERENT_SHARE * rowCount)
  const { starts } = sparse
  // Open addressing: a group's number plus 1, or 0 where nothing is.
  const places = new Int32Array(2 ** Math.ceil(Math.log2(2 * groupsMax)))
  const mask = places.length - 1
  const groupOf = new Int32Array(rowCount)
  const first = new Int32Array(groupsMax)
  let count = 0
  let compared = 0
  for (let i = 0; i < rowCount; i++) {
    let place = hashOfRow(sparse, starts[i] as number, starts[i + 1] as number) & mask
    let group = (places[place] as number) - 1
    while (group >= 0 && !areEqual(sparse, first[group] as number, i)) {
      place = (place + 1) & mask
      group = (places[place] as number) - 1
      compared += 1
    }
    if (group < 0) {
      if (count === groupsMax || compared > COMPARED_MAX * rowCount) return undefined
      group = count++
      first[group] = i
      places[place] = group + 1
    }
    groupOf[i] = group
  }
  return { groupOf, first: first.subarray(0, count) }
}

/** The groups of rows that are 1 in one column at most, and 0 in all others; undefined where one is not so. */
function groupByOnes(sparse: SparseRows): RowGroups | undefined {
  const levelOf = levelOfRows(sparse)
  if (levelOf === undefined) return undefined
  const { columnCount } = sparse
  // By column the number of its group plus 1; the last place is for rows without a 1.
  const numbers = new Int32Array(columnCount + 1)
  const first = new Int32Array(columnCount + 1)
  let count = 0
  const groupOf = levelOf.map((level, i) => {
    const place = level === NO_LEVEL ? columnCount : level
    if (numbers[place] === 0) {
      first[count++] = i
      numbers[place] = count
    }
    return (numbers[place] as number) - 1
  })
  return count > DIFFERENT_SHARE * levelOf.length ? undefined : { groupOf, first: first.subarray(0, count) }
}

const number = new Float64Array(1)
const halves = new Int32Array(number.buffer)

/** Of the columns and values from `from` to `end`: the steps of MurmurHash3's 32 bits (Appleby 2011). */
function hashOfRow({ columns, values }: SparseRows, from: number, end: number): number {
  let hash = end - from
  for (let k = from; k < end; k++) {
    hash = Math.imul(hash ^ (columns[k] as number), 0x85ebca6b)
    hash ^= hash >>> 13
    if (values[k] === 1) continue
    number[0] = values[k] as number
    hash = Math.imul(hash ^ (halves[0] as number) ^ Math.imul(halves[1] as number, 0xc2b2ae35), 0x85ebca6b)
    hash ^= hash >>> 16
  }
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function areEqual({ starts, columns, values }: SparseRows, a: number, b: number): boolean {
  const end = starts[a + 1] as number
  const off = (starts[b] as number) - (starts[a] as number)
  if ((starts[b + 1] as number) - off !== end) return false
  for (let k = starts[a] as number; k < end; k++) {
    if (columns[k] !== columns[k + off] || values[k] !== values[k + off]) return false
  }
  return true
}
