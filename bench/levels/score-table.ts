// Scores an estimator on held-out rows of a table, levels being read as the service reads them.
import type { Classifier, FitContext, Regressor } from '../../src/learning/estimator.ts'
import { type Matrix, toRowBlock } from '../../src/learning/matrix.ts'
import type { Random } from '../../src/learning/random.ts'

/** As bench/levels/tables.py writes it. */
export interface LevelTable {
  readonly name: string
  readonly isClass: boolean
  /** Class codes, or numbers. */
  readonly target: readonly number[]
  /** Values are codes where there are levels, and null where one is missing. */
  readonly columns: readonly { readonly levels: number; readonly values: readonly (number | null)[] }[]
}

const SPLITS = 3
const HELD_OUT = 0.3

/** The mean of R², or of the accuracy, over three splits. */
export async function meanScore(
  table: LevelTable,
  make: () => Classifier | Regressor,
  random: Random,
  context: FitContext,
): Promise<number> {
  let sum = 0
  for (let split = 0; split < SPLITS; split++) {
    const order = Int32Array.from(table.target, (_, row) => row)
    random.shuffle(order)
    const held = Math.round(HELD_OUT * order.length)
    sum += await scoreOf(table, make(), order.subarray(held), order.subarray(0, held), context)
  }
  return sum / SPLITS
}

async function scoreOf(
  { target, columns, isClass }: LevelTable,
  estimator: Classifier | Regressor,
  train: Int32Array,
  test: Int32Array,
  context: FitContext,
): Promise<number> {
  const read = columns.map((column) => readColumn(column, train))
  const matrix = (rows: Int32Array): Matrix => ({
    rowCount: rows.length,
    columns: read.map(({ values }) => Float64Array.from(rows, (row) => values[row]!)),
    categoryCounts: read.map(({ count }) => count),
  })
  const truth = Float64Array.from(test, (row) => target[row]!)
  const block = toRowBlock(matrix(test))
  if (estimator.kind === 'regressor') {
    const y = Float64Array.from(train, (row) => target[row]!)
    return rSquared(truth, (await estimator.fit(matrix(train), y, context)).predict(block))
  }
  const classCount = Math.max(...target) + 1
  const classNames = Array.from({ length: classCount }, (_, k) => String(k))
  const codes = Int32Array.from(train, (row) => target[row]!)
  if (!isClass) throw new Error('a classifier needs classes')
  const p = (await estimator.fit(matrix(train), { codes, classNames }, context)).predictProbabilities(block)
  const isRight = (k: number, i: number): boolean => {
    const row = p.subarray(i * classCount, (i + 1) * classCount)
    return row.indexOf(Math.max(...row)) === k
  }
  return truth.filter(isRight).length / truth.length
}

/** Levels are numbered as the training rows show them; others are missing. */
function readColumn({ levels, values }: LevelTable['columns'][number], train: Int32Array) {
  if (levels === 0) return { count: 0, values: Float64Array.from(values, (value) => value ?? Number.NaN) }
  const codeOf = new Map<number, number>()
  for (const row of train) {
    const value = values[row]
    if (value !== null && value !== undefined && !codeOf.has(value)) codeOf.set(value, codeOf.size)
  }
  return { count: codeOf.size, values: Float64Array.from(values, (value) => codeOf.get(value ?? -1) ?? Number.NaN) }
}

function rSquared(truth: Float64Array, guesses: Float64Array): number {
  const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length
  const total = truth.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return 1 - truth.reduce((sum, value, i) => sum + (value - guesses[i]!) ** 2, 0) / total
}
