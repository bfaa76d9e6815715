// The Cholesky factor of a large symmetric matrix that may lack rank, by panels in WebAssembly.
import { Breather } from '../breather.ts'
import { DataError } from '../errors.ts'
import { turn } from '../fit-context.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import { instantiate, newMemory, PAGE_BYTES, PAGES_MAX } from '../wasm/web-assembly.ts'
import { padded } from './gram.ts'
import { GRAM_MODULE, type GramRoutines } from './gram-module.ts'

/** Rows of the factor that are made before what is left of the matrix is brought up to date. Even. */
const PANEL = 48

export interface PivotedFactor {
  readonly rank: number
  /** The columns in the order of the factor's rows, then those that depend on them. */
  readonly order: Int32Array
  /** R, row-major rank × size: entry (i, j) is of pivot i and column order[j]. Zeros below its diagonal. */
  readonly rows: Float64Array
  /** The largest diagonal entry that is left where the factor ends. */
  readonly rest: number
}

/**
 * R with Rᵀ · R the matrix, always going on with the largest diagonal entry that is left (Higham 2002, Accuracy and
 * Stability of Numerical Algorithms, 10.3), until that is at most `smallest`.
 *
 * upper  reads entry (i, j), i ≤ j, of the matrix
 * O(rank · size²). Memory: 8 · size · (size + rank + 48) bytes. Throws FitStopped; DataError beyond 4 GiB.
 */
export async function factorizePivoted(
  upper: (i: number, j: number) => number,
  size: number,
  smallest: number,
  stop: StopFlag,
): Promise<PivotedFactor> {
  const breather = new Breather(stop)
  const left = new Remainder(upper, size)
  const diagonal = Float64Array.from({ length: size }, (_, j) => upper(j, j))
  const made: { columns: Int32Array; row: Float64Array }[] = []
  const pivots: number[] = []
  let rest = 0
  for (let isDone = false; !isDone && left.columns.length > 0; ) {
    const { columns, block } = left
    const isTaken = new Uint8Array(columns.length)
    block.fill(0, 0, columns.length * PANEL)
    let count = 0
    for (; count < PANEL && count < columns.length; count++) {
      const pivot = largestLeft(diagonal, columns, isTaken)
      const square = diagonal[columns[pivot] as number] as number
      if (!(square > smallest)) {
        rest = Math.max(0, square)
        isDone = true
        break
      }
      isTaken[pivot] = 1
      pivots.push(columns[pivot] as number)
      const root = Math.sqrt(square)
      const row = new Float64Array(columns.length)
      for (let j = 0; j < columns.length; j++) {
        if (isTaken[j] === 1 && j !== pivot) continue
        let value = j === pivot ? square : left.entry(pivot, j)
        if (j !== pivot)
          for (let k = 0, a = j * PANEL, b = pivot * PANEL; k < count; k++, a++, b++)
            value -= (block[a] as number) * (block[b] as number)
        row[j] = value / root
      }
      for (let j = 0; j < columns.length; j++) {
        block[j * PANEL + count] = row[j] as number
        const column = columns[j] as number
        diagonal[column] = (diagonal[column] as number) - (row[j] as number) ** 2
      }
      made.push({ columns, row })
      if (breather.isTurnDue()) await turn()
    }
    if (!isDone) left.subtract(isTaken)
  }
  return { rank: pivots.length, rest, ...ordered(pivots, made, size) }
}

function largestLeft(diagonal: Float64Array, columns: Int32Array, isTaken: Uint8Array): number {
  let found = -1
  let largest = Number.NEGATIVE_INFINITY
  for (let j = 0; j < columns.length; j++) {
    const value = diagonal[columns[j] as number] as number
    if (isTaken[j] === 1 || !(value > largest)) continue
    found = j
    largest = value
  }
  return found < 0 ? isTaken.indexOf(0) : found
}

function ordered(
  pivots: readonly number[],
  made: readonly { columns: Int32Array; row: Float64Array }[],
  size: number,
): { order: Int32Array; rows: Float64Array } {
  const place = new Int32Array(size).fill(-1)
  pivots.forEach((column, i) => {
    place[column] = i
  })
  for (let column = 0, next = pivots.length; column < size; column++) if (place[column] === -1) place[column] = next++
  const order = new Int32Array(size)
  place.forEach((at, column) => {
    order[at] = column
  })
  const rows = new Float64Array(pivots.length * size)
  made.forEach(({ columns, row }, i) => {
    for (let j = 0; j < columns.length; j++) rows[i * size + (place[columns[j] as number] as number)] = row[j] as number
  })
  return { order, rows }
}

/** What is left of the matrix, with its sign turned: then a panel's products are added, for which there is a kernel. */
class Remainder {
  /** Those that are left, ascending. */
  columns: Int32Array
  /** Column-major: of column j of those that are left, PANEL values from j · PANEL on. */
  readonly block: Float64Array
  private readonly negative: Float64Array
  private width: number
  private readonly routines: GramRoutines

  constructor(upper: (i: number, j: number) => number, size: number) {
    const width = padded(size)
    const pages = Math.ceil((8 * width * (width + PANEL)) / PAGE_BYTES)
    if (pages > PAGES_MAX) throw new DataError(`${size} columns are too many: products of each with each exceed 4 GiB`)
    const memory = newMemory(pages)
    this.routines = instantiate(GRAM_MODULE, { memory }) as GramRoutines
    this.block = new Float64Array(memory.buffer, 0, width * PANEL)
    this.negative = new Float64Array(memory.buffer, 8 * width * PANEL, width * width)
    this.width = width
    this.columns = Int32Array.from({ length: size }, (_, j) => j)
    for (let i = 0; i < size; i++) for (let j = i; j < size; j++) this.negative[i * width + j] = -upper(i, j)
  }

  entry(i: number, j: number): number {
    return -(this.negative[i < j ? i * this.width + j : j * this.width + i] as number)
  }

  /** Takes the panel's products away, and its pivots out. */
  subtract(isTaken: Uint8Array): void {
    const { block, negative, columns, width } = this
    const kept = Int32Array.from(columns.keys()).filter((j) => isTaken[j] === 0)
    const next = padded(kept.length)
    // In place: no entry moves backwards.
    for (let i = 0; i < kept.length; i++) {
      const from = (kept[i] as number) * width
      for (let j = i; j < kept.length; j++) negative[i * next + j] = negative[from + (kept[j] as number)] as number
    }
    for (let j = 0; j < kept.length; j++)
      block.copyWithin(j * PANEL, (kept[j] as number) * PANEL, ((kept[j] as number) + 1) * PANEL)
    block.fill(0, kept.length * PANEL, next * PANEL)
    this.columns = columns.filter((_, j) => isTaken[j] === 0)
    this.width = next
    if (next > 0) this.routines.addGram(block.byteOffset, 8 * PANEL, 8 * PANEL, negative.byteOffset, next)
  }
}
