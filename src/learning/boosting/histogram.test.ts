// The kernel of tree growing against twins in plain loops.
import t from 'tap'
import { Barrier } from '../parallel/barrier.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { Random } from '../random.ts'
import { newBoostMemory, type RowArrays } from './boost-memory.ts'
import type { BinnedMatrix } from './column-bins.ts'
import type { Histogram } from './histogram.ts'
import { HistogramBuilder } from './histogram-builder.ts'
import type { BinForm } from './kernel-shape.ts'
import { partitionRows } from './partition-rows.ts'
import type { GrowingSpace } from './tree-grower.ts'

const FORMS: readonly BinForm[] = ['pairs', 'counted', 'exact']

interface Scene {
  readonly binned: BinnedMatrix
  readonly arrays: RowArrays
  readonly space: GrowingSpace
  readonly rows: Int32Array
  readonly builder: HistogramBuilder
}

/** Random rows in columns of few and of many bins, some of them in the row space; a builder of some of the columns. */
function setScene(
  form: BinForm,
  rowCount: number,
  columnCount: number,
  [first, last]: readonly [number, number],
  random: Random,
): Scene {
  const size = { trainingCount: rowCount, validationCount: 0, columnCount, outputs: 1, form, memberCount: 1 }
  const memory = newBoostMemory({ ...size, sharesTrees: false, slotsMax: 256, openMax: 31 })
  const binCounts = Int32Array.from({ length: columnCount }, (_, j) => (j % 3 === 0 ? 255 : 1 + random.integer(40)))
  const { codes, gradients, hessians } = memory.training
  for (let k = 0; k < codes.length; k++) codes[k] = random.integer((binCounts[Math.floor(k / rowCount)] as number) + 1)
  const hasMissing = new Uint8Array(columnCount).fill(1)
  const binned = { rowCount, columnCount, codes, binCounts, hasMissing, categorical: new Uint8Array(columnCount) }
  for (let i = 0; i < rowCount; i++) {
    gradients[i] = 2 * random.uniform() - 1
    if (hessians) hessians[i] = random.uniform() / 4
  }
  const space = memory.spaces[0] as GrowingSpace
  const picked = Int32Array.from({ length: rowCount }, (_, i) => i).filter(() => random.uniform() < 0.7)
  for (let i = 0; i < picked.length; i++) space.rows.rows[i] = picked[i] as number
  const builder = new HistogramBuilder(memory.memory, space.histograms, form, binned, first, last, new StopFlag())
  return { binned, arrays: memory.training, space, rows: space.rows.rows.subarray(0, picked.length), builder }
}

function build({ arrays, builder, space }: Scene, start: number, end: number): Histogram {
  const histogram = builder.take()
  const { gradients, hessians } = arrays
  builder.setGradients(gradients, hessians)
  builder.build(histogram, space.rows.rows, start, end, new StopFlag())
  return histogram
}

/** The same sums, one after the other. */
function sumPlainly({ binned, arrays, builder, rows }: Scene, column: number, start: number): Histogram {
  const sums = new Float64Array(2 * builder.slots)
  const counts = new Int32Array(builder.slots)
  for (const row of rows.subarray(start)) {
    const bin = binned.codes[column * binned.rowCount + row] as number
    sums[2 * bin] = (sums[2 * bin] as number) + (arrays.gradients[row] as number)
    sums[2 * bin + 1] = (sums[2 * bin + 1] as number) + (arrays.hessians?.[row] ?? 1)
    counts[bin] = (counts[bin] as number) + 1
  }
  return { sums, counts }
}

function largestGap(a: Float64Array, b: Float64Array): number {
  return a.reduce((gap, value, i) => Math.max(gap, Math.abs(value - (b[i] as number))), 0)
}

t.test('histograms hold what a plain loop sums: float64 to the bit, exact units within theirs', async (t) => {
  const random = new Random(3)
  for (const [rowCount, columnCount, first, last] of [
    [3000, 9, 0, 9],
    [2000, 8, 2, 7],
    [10, 1, 0, 1],
    [1000, 6, 1, 4],
    [300, 75, 1, 72],
    [50, 64, 0, 64],
  ] as const) {
    for (const form of FORMS) {
      const scene = setScene(form, rowCount, columnCount, [first, last], random)
      const { builder, rows } = scene
      const start = Math.min(3, rows.length)
      const found = builder.read(build(scene, start, rows.length))
      for (let column = first; column < last; column++) {
        const expected = sumPlainly(scene, column, start)
        const place = (column - first) * builder.slots
        const sums = found.sums.slice(2 * place, 2 * (place + builder.slots))
        if (form === 'exact') t.ok(largestGap(sums, expected.sums) < 1e-9)
        else t.same(sums, expected.sums)
        if (form !== 'pairs') t.same(found.counts.slice(place, place + builder.slots), expected.counts)
      }
    }
  }
})

t.test('exact units bear it when all of the most rows meet in one bin', async (t) => {
  const random = new Random(5)
  const scene = setScene('exact', 40_000, 1, [0, 1], random)
  scene.binned.codes.fill(0)
  const { gradients, hessians } = scene.arrays
  gradients.fill(-1)
  hessians?.fill(0.25)
  const builder = new HistogramBuilder(
    scene.space.memory,
    scene.space.histograms,
    'exact',
    scene.binned,
    0,
    1,
    new StopFlag(),
  )
  const all = scene.space.rows.rows
  for (let i = 0; i < all.length; i++) all[i] = i
  const { sums, counts } = builder.read(build({ ...scene, builder }, 0, all.length))
  t.same([sums[0], sums[1], counts[0]], [-40_000, 10_000, 40_000])
})

t.test('a parent less one child is the other child', async (t) => {
  for (const form of FORMS) {
    const random = new Random(4)
    const scene = setScene(form, 900, 5, [0, 5], random)
    const { builder, rows, arrays } = scene
    // Whole numbers over a power of two, so that no order of summing rounds.
    for (let i = 0; i < 900; i++) {
      arrays.gradients[i] = (random.integer(128) - 64) / 64
      if (arrays.hessians) arrays.hessians[i] = random.integer(64) / 256
    }
    const [parent, left, right] = [[0, rows.length] as const, [0, 300] as const, [300, rows.length] as const].map(
      ([start, end]) => build(scene, start, end),
    ) as [Histogram, Histogram, Histogram]
    builder.subtract(parent, left)
    const places = 5 * builder.slots
    const difference = builder.read(parent)
    const [sums, counts] = [difference.sums.slice(), difference.counts.slice(0, places)]
    const expected = builder.read(right)
    t.same(sums, expected.sums, form)
    if (form !== 'pairs') t.same(counts, expected.counts.slice(0, places), form)
  }
})

t.test('rows are divided as a filter divides them', async (t) => {
  const random = new Random(6)
  const stop = new StopFlag()
  const alone = { index: 0, count: 1, barrier: new Barrier(1, stop), stop }
  for (const rowCount of [1, 2, 500, 20_000]) {
    const { binned, space, rows, builder } = setScene('pairs', rowCount, 3, [0, 3], random)
    const before = rows.slice()
    const start = Math.min(2, before.length)
    for (let bin = 0; bin < 256; bin++) space.goesLeft[bin] = random.integer(2)
    const codes = binned.codes.subarray(2 * rowCount)
    const { goesLeft } = space
    partitionRows(builder.kernel, space.rows, start, before.length, codes.byteOffset, goesLeft.byteOffset, alone)
    const isLeft = (row: number): boolean => goesLeft[codes[row] as number] === 1
    const own = before.subarray(start)
    t.same([...rows], [...before.subarray(0, start), ...own.filter(isLeft), ...own.filter((row) => !isLeft(row))])
  }
})
