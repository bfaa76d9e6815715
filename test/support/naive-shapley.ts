// Shapley values by their definition: the twin of TreeSHAP. Exponential in the columns.

/** A split, or a leaf: what it says, output by output. */
export type NaiveTree =
  | {
      readonly column: number
      readonly goesLeft: (value: number) => boolean
      readonly left: NaiveTree
      readonly right: NaiveTree
    }
  | { readonly says: readonly number[] }

/** Rows with weights: those of the training, which say how often each side of a split is taken. */
export interface WeighedRows {
  readonly rows: readonly Float64Array[]
  readonly weights: readonly number[]
}

/** Per column, what it adds to what the tree says of the row in `output`, by the path-dependent expectation. */
export function naiveShapley(tree: NaiveTree, training: WeighedRows, row: Float64Array, output: number): number[] {
  const subsets = Array.from({ length: 2 ** row.length }, (_, known) => expectation(tree, training, row, known, output))
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1))
  return Array.from(row, (_, column) => {
    let sum = 0
    subsets.forEach((without, known) => {
      if ((known >> column) & 1) return
      const size = known.toString(2).replaceAll('0', '').length
      const share = (factorial(size) * factorial(row.length - size - 1)) / factorial(row.length)
      sum += share * ((subsets[known | (1 << column)] as number) - without)
    })
    return sum
  })
}

/** What the tree says where only the columns of the bits `known` are known. */
export function expectation(
  tree: NaiveTree,
  training: WeighedRows,
  row: Float64Array,
  known: number,
  output: number,
): number {
  if ('says' in tree) return tree.says[output] as number
  const { column, goesLeft } = tree
  const [left, right] = [keep(training, column, goesLeft), keep(training, column, (value) => !goesLeft(value))]
  const onLeft = (): number => expectation(tree.left, left, row, known, output)
  const onRight = (): number => expectation(tree.right, right, row, known, output)
  if ((known >> column) & 1) return goesLeft(row[column] as number) ? onLeft() : onRight()
  const share = weightOf(left) / weightOf(training)
  return share * onLeft() + (1 - share) * onRight()
}

function keep({ rows, weights }: WeighedRows, column: number, isKept: (value: number) => boolean): WeighedRows {
  const kept = [...rows.keys()].filter((i) => isKept((rows[i] as Float64Array)[column] as number))
  return { rows: kept.map((i) => rows[i] as Float64Array), weights: kept.map((i) => weights[i] as number) }
}

function weightOf({ weights }: WeighedRows): number {
  return weights.reduce((sum, weight) => sum + weight, 0)
}
