// The searches for splits against twins that divide the rows themselves.
import t from 'tap'
import { Random } from '../random.ts'
import { newSharedMemory } from '../wasm/web-assembly.ts'
import { boostingKernel } from './boosting-kernel.ts'
import { SCAN_ANSWER_LENGTH } from './column-search.ts'
import type { Histogram } from './histogram.ts'
import { scanCategories } from './scan-categories.ts'
import { scanNumbers } from './scan-numbers.ts'
import { type NodeSums, nodeValue, SplitCandidate, type SplitRules } from './split-candidate.ts'

const BINS = 12

interface Row {
  readonly bin: number
  readonly g: number
  readonly h: number
}

function randomRows(random: Random, count: number): Row[] {
  return Array.from({ length: count }, () => ({
    bin: random.integer(BINS + 1),
    g: random.normal(),
    h: 0.1 + random.uniform(),
  }))
}

const sumOf = (rows: readonly Row[], key: 'g' | 'h'): number => rows.reduce((sum, row) => sum + row[key], 0)

function histogramOf(rows: readonly Row[]): Histogram {
  const sums = new Float64Array(2 * (BINS + 1))
  const counts = new Int32Array(BINS + 1)
  for (const { bin, g, h } of rows) {
    sums[2 * bin] = (sums[2 * bin] as number) + g
    sums[2 * bin + 1] = (sums[2 * bin + 1] as number) + h
    counts[bin] = (counts[bin] as number) + 1
  }
  return { sums, counts }
}

function nodeOf(rows: readonly Row[], { l2 }: SplitRules, lower: number, upper: number): NodeSums {
  const [gradient, hessian] = [sumOf(rows, 'g'), sumOf(rows, 'h')]
  return { count: rows.length, gradient, hessian, value: nodeValue(gradient, hessian, l2, lower, upper), lower, upper }
}

/** The gain of sending some rows left, or 0 when the rules forbid it. */
function gainOf(
  rows: readonly Row[],
  isLeft: (row: Row) => boolean,
  node: NodeSums,
  rules: SplitRules,
  direction: number,
) {
  const parts = [rows.filter(isLeft), rows.filter((row) => !isLeft(row))] as const
  const [left, right] = parts.map((part) => {
    return nodeValue(sumOf(part, 'g'), sumOf(part, 'h'), rules.l2, node.lower, node.upper)
  }) as [number, number]
  if (parts.some((part) => part.length < rules.minSamplesLeaf || sumOf(part, 'h') < 1e-3)) return 0
  if ((right - left) * direction < 0) return 0
  return node.gradient * node.value - sumOf(parts[0], 'g') * left - sumOf(parts[1], 'g') * right
}

t.test('numbers: the best of all thresholds and both sides for missing values', async (t) => {
  const random = new Random(8)
  for (let trial = 0; trial < 300; trial++) {
    const rows = randomRows(random, 2 + random.integer(60)).filter((row) => trial % 2 === 0 || row.bin < BINS)
    if (rows.length === 0) continue
    const hasMissing = rows.some((row) => row.bin === BINS)
    const rules = { minSamplesLeaf: 1 + random.integer(4), l2: random.integer(2) }
    const bound = trial % 5 === 0 ? 0.2 : Number.POSITIVE_INFINITY
    const node = nodeOf(rows, rules, -bound, bound)
    const direction = random.integer(3) - 1
    const best = new SplitCandidate()
    scanNumbers(histogramOf(rows), true, 0, 4, BINS, hasMissing, direction, node, rules, best)
    let expected = 0
    for (let bin = 0; bin < BINS; bin++) {
      for (const missingLeft of hasMissing ? [false, true] : [false]) {
        const isLeft = (row: Row): boolean => (row.bin === BINS ? missingLeft : row.bin <= bin)
        expected = Math.max(expected, gainOf(rows, isLeft, node, rules, direction))
      }
    }
    t.ok(Math.abs(best.gain - expected) < 1e-9, `trial ${trial}: gain ${best.gain}, ${expected} by trying`)
    if (best.gain === 0) continue
    t.equal(best.column, 4)
    const isLeft = (row: Row): boolean => (row.bin === BINS ? best.missingLeft : row.bin <= best.bin)
    t.equal(best.leftCount, rows.filter(isLeft).length)
    t.ok(Math.abs(gainOf(rows, isLeft, node, rules, direction) - best.gain) < 1e-9, 'its split gains what it says')
  }
})

t.test('numbers: the kernel finds to the last bit what scanNumbers finds', async (t) => {
  const random = new Random(10)
  const memory = newSharedMemory(1)
  const sums = new Float64Array(memory.buffer, 1024, 2 * BINS)
  const counts = new Int32Array(memory.buffer, 4096, BINS)
  const answer = new Float64Array(memory.buffer, 0, SCAN_ANSWER_LENGTH)
  for (const form of ['pairs', 'counted', 'exact'] as const) {
    const kernel = boostingKernel(memory, { rowCount: 100, columnCount: 1, slots: BINS, form })
    for (let trial = 0; trial < 300; trial++) {
      const rows = randomRows(random, 2 + random.integer(60))
        .filter((row) => row.bin < BINS)
        .map((row) => (form === 'pairs' ? { ...row, h: 1 } : row))
      if (rows.length === 0) continue
      const histogram = histogramOf(rows)
      sums.set(histogram.sums.subarray(0, sums.length))
      counts.set(histogram.counts.subarray(0, counts.length))
      const rules = { minSamplesLeaf: 1 + random.integer(4), l2: random.integer(2) }
      const node = nodeOf(rows, rules, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
      const expected = new SplitCandidate()
      expected.gain = trial % 3 === 0 ? 0.5 : 0
      const bar = expected.gain
      scanNumbers(histogram, form !== 'pairs', 0, 4, BINS, false, 0, node, rules, expected)
      const from = sums.byteOffset
      const places = [from, from + 16 * (BINS - 1), counts.byteOffset, 0] as const
      const { count, gradient, hessian, value } = node
      const limits = [count, rules.minSamplesLeaf, gradient, hessian, rules.l2, gradient * value, bar] as const
      const bin = kernel.scan(...places, ...limits)
      t.equal(bin, expected.column < 0 ? -1 : expected.bin)
      if (bin < 0) continue
      const { gain, leftCount, leftGradient, leftHessian } = expected
      t.same([answer[0], answer[2], answer[3]], [gain, leftGradient, leftHessian])
      t.equal(new Int32Array(memory.buffer)[2], leftCount)
    }
  }
})

t.test('categories: the best of the sorted order from both ends, missing values among them', async (t) => {
  const random = new Random(9)
  const rules = { minSamplesLeaf: 3, l2: 0.5 }
  for (let trial = 0; trial < 100; trial++) {
    const rows = randomRows(random, 250)
    const node = nodeOf(rows, rules, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
    const best = new SplitCandidate()
    scanCategories(histogramOf(rows), true, 0, 2, BINS, true, node, rules, best)
    const rowsPerHessian = rows.length / node.hessian
    const categories = [...Array(BINS + 1).keys()]
      .map((bin) => ({ bin, own: rows.filter((row) => row.bin === bin) }))
      .filter(({ own }) => sumOf(own, 'h') * rowsPerHessian >= 10)
      .map(({ bin, own }) => ({ bin, key: sumOf(own, 'g') / (sumOf(own, 'h') + 10 / rowsPerHessian) }))
      .sort((a, b) => a.key - b.key)
      .map(({ bin }) => bin)
    let expected = 0
    for (let count = 1; count <= (categories.length + 1) >> 1; count++) {
      const ends = [categories.slice(0, count), count < (categories.length + 1) >> 1 ? categories.slice(-count) : []]
      for (const end of ends)
        expected = Math.max(
          expected,
          gainOf(rows, (row) => end.includes(row.bin), node, rules, 0),
        )
    }
    t.ok(Math.abs(best.gain - expected) < 1e-9, `trial ${trial}: gain ${best.gain}, ${expected} by trying`)
    const isLeft = (row: Row): boolean => (((best.bitset[row.bin >> 5] as number) >>> (row.bin & 31)) & 1) === 1
    t.ok(Math.abs(gainOf(rows, isLeft, node, rules, 0) - best.gain) < 1e-9, 'its bits gain what it says')
    t.equal(best.missingLeft, isLeft({ bin: BINS, g: 0, h: 0 }))
  }
})
