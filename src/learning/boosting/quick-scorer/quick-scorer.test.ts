import t from 'tap'
import { Random } from '../../random.ts'
import { compile } from '../../wasm/web-assembly.ts'
import { layOutTrees } from '../lay-out-trees.ts'
import { TreeScorer } from '../tree-scorer.ts'
import { TreeWalker, type WalkableTrees } from '../tree-walker.ts'
import { assembleWalk, CATEGORIES, MISSING_LEFT } from '../walk-module.ts'
import { QuickScorer } from './quick-scorer.ts'
import { type ScorableTrees, scorableTrees } from './scorable-trees.ts'

interface GivenTrees {
  readonly columnCount: number
  readonly leafCounts: readonly number[]
  readonly outputs?: number
  readonly isFloat32?: boolean
  /** Thresholds are of so many numbers: with few of them values are often equal to one. */
  readonly distinct?: number
  readonly flags?: number
}

/** Trees that part a leaf at random until there are enough. */
function randomTrees(random: Random, given: GivenTrees): WalkableTrees {
  const { columnCount, leafCounts, outputs = 1, isFloat32 = false, distinct = 50, flags = 0 } = given
  const children: number[] = []
  for (const leafCount of leafCounts) {
    const own: number[] = []
    const leaves = [-1]
    for (let s = 0; s < leafCount - 1; s++) {
      const [place] = leaves.splice(random.integer(leaves.length), 1) as [number]
      if (place >= 0) own[place] = s
      leaves.push(own.push(-1) - 1, own.push(-1) - 1)
    }
    let leaf = 0
    children.push(...own.map((child) => (child === -1 ? ~leaf++ : child)))
  }
  const round = isFloat32 ? Math.fround : (value: number) => value
  const splits = Array.from({ length: children.length / 2 }, () => ({
    column: random.integer(columnCount),
    threshold: random.integer(40) === 0 ? Number.POSITIVE_INFINITY : random.integer(distinct) - 5,
    flags: random.integer(2) * MISSING_LEFT + flags,
  }))
  const laidOut = layOutTrees({
    splitCounts: leafCounts.map((count) => count - 1),
    children,
    values: Float64Array.from({ length: splits.length + leafCounts.length }, () => round(random.normal())),
    outputOf: (tree) => tree % outputs,
    putSplit(nodes, _, at, split) {
      nodes[2 * at] = splits[split]?.threshold as number
    },
    columnWordOf: (split) => 8 * (splits[split]?.column as number) + (splits[split]?.flags as number),
  })
  const baseline = Float64Array.from({ length: outputs }, () => round(random.normal()))
  const module = compile(assembleWalk({ columnCount, isFloat32 }))
  return { columnCount, outputs, baseline, isFloat32, ...laidOut, sets: new Int32Array(0), module }
}

function randomRows(random: Random, count: number): Float64Array {
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-320]
  return Float64Array.from({ length: count }, () => {
    const kind = random.integer(8)
    if (kind === 0) return special[random.integer(special.length)] as number
    const value = random.integer(56) - 8
    return kind < 5 ? value : value + random.normal() / 10
  })
}

/** Row by row, split by split. */
function naiveSums(trees: WalkableTrees, rows: Float64Array): Float64Array {
  const { columnCount, outputs, baseline, isFloat32, nodes, values } = trees
  const words = new Int32Array(nodes.buffer)
  const raw = new Float64Array((rows.length / columnCount) * outputs)
  for (let i = 0; i < rows.length / columnCount; i++) {
    raw.set(baseline, i * outputs)
    for (let at = 0; at < trees.trees.length; at += 4) {
      let node = (trees.trees[at] as number) / 16
      for (;;) {
        const right = (words[4 * node + 2] as number) / 16
        if (right === node) break
        const word = words[4 * node + 3] as number
        const x = rows[i * columnCount + (word >> 3)] as number
        const isLeft = Number.isNaN(x) ? (word & MISSING_LEFT) !== 0 : x <= (nodes[2 * node] as number)
        node = isLeft ? right + 1 : right
      }
      const k = i * outputs + (trees.trees[at + 3] as number) / 8
      const sum = (raw[k] as number) + (values[node] as number)
      raw[k] = isFloat32 ? Math.fround(sum) : sum
    }
  }
  return raw
}

t.test('sums are those of walks split by split, for trees and rows of any number', async (t) => {
  const random = new Random(1)
  const sizes: Record<string, GivenTrees> = {
    'a leaf only': { columnCount: 1, leafCounts: [1] },
    'up to a group and behind it': { columnCount: 3, leafCounts: [2, 7, 8, 9, 16, 17, 1] },
    'the largest': { columnCount: 5, leafCounts: [128, 127, 128], distinct: 20 },
    'several outputs': { columnCount: 4, leafCounts: [31, 30, 31, 5, 1, 31], outputs: 3 },
    'in float32': { columnCount: 4, leafCounts: Array.from({ length: 40 }, () => 31), isFloat32: true },
    'more thresholds than a search has': {
      columnCount: 2,
      leafCounts: Array.from({ length: 30 }, () => 60),
      distinct: 1000,
    },
    'columns that nobody asks': { columnCount: 700, leafCounts: [31, 31] },
  }
  for (const [name, given] of Object.entries(sizes)) {
    const trees = randomTrees(random, given)
    const scorer = new QuickScorer(trees, scorableTrees(trees) as ScorableTrees)
    for (const rowCount of [1, 64, 65, 600]) {
      const rows = randomRows(random, rowCount * trees.columnCount)
      if (given.distinct === 1000) for (let k = 0; k < rows.length; k += 3) rows[k] = random.integer(1000)
      const expected = naiveSums(trees, rows)
      const raw = new Float64Array(expected.length)
      scorer.write(rows, 0, rowCount, raw)
      t.same(raw, expected, `${name}, ${rowCount} rows`)
      raw.fill(7)
      scorer.write(rows, 1, rowCount, raw)
      t.same(raw.subarray(trees.outputs), expected.subarray(trees.outputs), `${name}, from the second row on`)
      t.ok(raw.subarray(0, trees.outputs).every((sum) => sum === 7))
    }
  }
})

t.test('trees that are too large, or ask for categories, are walked', async (t) => {
  const random = new Random(2)
  t.equal(scorableTrees(randomTrees(random, { columnCount: 2, leafCounts: [3, 129] })), null)
  t.equal(scorableTrees(randomTrees(random, { columnCount: 2, leafCounts: [3], flags: CATEGORIES })), null)
})

t.test('a scorer of trees gives the same whichever way it takes', async (t) => {
  const random = new Random(3)
  const trees = randomTrees(random, { columnCount: 6, leafCounts: Array.from({ length: 20 }, () => 31), outputs: 2 })
  const rows = randomRows(random, 3000 * trees.columnCount)
  const expected = new Float64Array(3000 * trees.outputs)
  new TreeWalker(trees).write(rows, 0, 3000, expected)
  const scorer = new TreeScorer(trees)
  t.equal(scorer.scorableFor(3000), null, 'too soon to lay them out')
  for (const end of [3000, 3000, 3000, 3000, 3000, 3000, 5, 23, 24]) {
    const raw = new Float64Array(end * trees.outputs)
    scorer.write(rows, 0, end, raw)
    t.same(raw, expected.subarray(0, end * trees.outputs))
  }
  t.ok(scorer.scorableFor(24))
  t.equal(scorer.scorableFor(23), null, 'few rows walk')
})
