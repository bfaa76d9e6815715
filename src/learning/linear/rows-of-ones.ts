// Columns that are 0 and, in few rows, 1, as one-hot encoding makes them: a fit needs to look at their ones alone.

/** Of the rows, how many may be 1. */
const SHARE_MAX = 1 / 8
/** Fewer such columns are not worth another way. */
const INDICATORS_MIN = 16

/**
 * For each column the rows in which it is 1, ascending, where it is 0 in all others and these are few; else undefined.
 * All are undefined where there are less than 16. O(values) at the most: a column of numbers is left at its first.
 */
export function rowsOfOnes(columns: readonly Float64Array[]): readonly (Int32Array | undefined)[] {
  const lists = columns.map(onesOf)
  const count = lists.reduce((sum, list) => (list === undefined ? sum : sum + 1), 0)
  return count >= INDICATORS_MIN ? lists : lists.map(() => undefined)
}

function onesOf(column: Float64Array): Int32Array | undefined {
  const most = column.length * SHARE_MAX
  const rows: number[] = []
  for (let i = 0; i < column.length; i++) {
    const value = column[i]
    if (value === 0) continue
    if (value !== 1 || rows.length >= most) return undefined
    rows.push(i)
  }
  return Int32Array.from(rows)
}

/** The same by rows: the places in `lists` whose column is 1 in row i are ones[starts[i] … starts[i + 1] − 1]. */
export function onesByRow(
  lists: readonly (Int32Array | undefined)[],
  rowCount: number,
): { starts: Int32Array; ones: Int32Array } {
  const starts = new Int32Array(rowCount + 1)
  for (const list of lists) if (list !== undefined) for (const i of list) starts[i + 1] = (starts[i + 1] as number) + 1
  for (let i = 0; i < rowCount; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number)
  const ones = new Int32Array(starts[rowCount] as number)
  const next = starts.slice()
  lists.forEach((list, place) => {
    if (list === undefined) return
    for (const i of list) {
      ones[next[i] as number] = place
      next[i] = (next[i] as number) + 1
    }
  })
  return { starts, ones }
}
