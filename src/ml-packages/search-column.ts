// The best split of one column of a node, by a package that looks for splits only where the class changes.

/** A search by a package: rows of one value each, and their classes, in; the split of the root out. */
export type RootSearch = (rows: readonly [number][], codes: readonly number[]) => RankSplit

/** Rows whose rank is smaller than `rank` go left. */
export interface RankSplit {
  readonly rank: number
  /** Decrease of the Gini impurity. */
  readonly gain: number
}

/**
 * ranks   of the rows' values: whole numbers, equal for equal values
 * codes   of the rows' classes
 *
 * ml-cart sorts the rows by value and tries the places where the class of one row differs from that of the next: midway
 * between two values, or, among rows of one value, below that value. It sees no place between a value that several
 * classes share and a next value of one class only, when the last row of the first value happens to be of that class.
 * Rows of one value may be given in any order of their classes, so they are given in one that shows every boundary,
 * with as few changes of class as possible, since the package takes O(rows) for each. Between two values of one and the
 * same class there is never a better split than elsewhere (Elomaa and Rousu 1999, "General and efficient multisplitting
 * of numerical attributes").
 *
 * The answer may leave one side empty, when no split gains anything.
 */
export function searchColumn(ranks: Float64Array, codes: Int32Array, search: RootSearch): RankSplit {
  return search(
    Array.from(ranks, (rank): [number] => [rank]),
    arrangeTies(ranks, codes),
  )
}

/**
 * The codes, in another order among rows of one rank: each class of them together, and the last seen by the next rank.
 */
function arrangeTies(ranks: Float64Array, codes: Int32Array): number[] {
  const order = Uint32Array.from(ranks, (_, i) => i).sort(
    (a, b) => (ranks[a] as number) - (ranks[b] as number) || a - b,
  )
  const arranged = Array.from(codes)
  /** The class of the next higher rank, when it has but one. */
  let onlyNext: number | undefined
  for (let end = order.length, tie = 0; end > 0; tie++) {
    let start = end - 1
    while (start > 0 && ranks[order[start - 1] as number] === ranks[order[start] as number]) start--
    const rows = order.subarray(start, end)
    const ofTie = rows.length > 1 ? arrangeTie(rows, codes, tie, onlyNext) : undefined
    ofTie?.forEach((code, i) => {
      arranged[rows[i] as number] = code
    })
    const first = codes[rows[0] as number] as number
    onlyNext = ofTie === undefined || ofTie[0] === ofTie.at(-1) ? first : undefined
    end = start
  }
  return arranged
}

/** The classes of rows of one rank, grouped; not ending with `unlike`, unless there is no other. */
function arrangeTie(rows: Uint32Array, codes: Int32Array, tie: number, unlike: number | undefined): Int32Array {
  const sorted = Int32Array.from(rows, (row) => codes[row] as number).sort()
  const classes = [...new Set(sorted)]
  if (classes.length === 1) return sorted
  // Each rank begins with another class, so that every class appears early: the package looks up where it does.
  let first = tie % classes.length
  if (classes.at(first - 1) === unlike) first = (first + 1) % classes.length
  const begin = sorted.indexOf(classes[first] as number)
  const rotated = new Int32Array(sorted.length)
  rotated.set(sorted.subarray(begin))
  rotated.set(sorted.subarray(0, begin), sorted.length - begin)
  return rotated
}
