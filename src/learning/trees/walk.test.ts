import t from 'tap'
import { randomMatrix } from '../../../test/support/tree-data.ts'
import { StateError } from '../errors.ts'
import type { EstimatorState } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { type RowBlock, toRowBlock } from '../matrix.ts'
import { Random } from '../random.ts'
import { type CompactForest, fromState } from './compact-forest.ts'
import { ExtraTreesClassifier } from './extra-trees-classifier.ts'
import { ExtraTreesRegressor } from './extra-trees-regressor.ts'
import { RandomForestRegressor } from './random-forest-regressor.ts'

/** Reads the compact arrays as they are described, one node at a time, and averages over the trees. */
function naivePrediction(forest: CompactForest, row: Float64Array): number[] {
  const sums = new Array<number>(Math.max(1, forest.classCount)).fill(0)
  const at = { node: 0, split: 0, leaf: 0, numeric: 0, set: 0, mixed: 0, weight: 0 }
  /** Reads one subtree; adds its leaf to the sums where `isOn`. */
  const read = (isOn: boolean): void => {
    const feature = forest.features[at.node++]!
    if (feature === forest.columnCount) {
      const leaf = at.leaf++
      if (forest.classCount === 0) {
        if (isOn) sums[0]! += forest.leafValues[leaf]!
        return
      }
      const k = forest.leafClasses[leaf]!
      if (k < forest.classCount) {
        if (isOn) sums[k]! += 1
        return
      }
      const places = Array.from({ length: forest.mixedSizes[at.mixed++]! }, () => at.weight++)
      const total = places.reduce((sum, place) => sum + forest.mixedWeights[place]!, 0)
      if (isOn) for (const place of places) sums[forest.mixedClasses[place]!]! += forest.mixedWeights[place]! / total
      return
    }
    const split = at.split++
    const missingLeft = ((forest.missingLeft[split >> 3]! >> (split & 7)) & 1) === 1
    const value = row[feature]!
    const count = forest.categoryCounts[feature]!
    let left: boolean
    if (count > 0) {
      const bit = value >= 0 && value < count ? value : count
      left = ((forest.categorySets[at.set + (bit >> 5)]! >> (bit & 31)) & 1) === 1
      at.set += Math.floor(count / 32) + 1
    } else {
      const threshold = forest.thresholds[at.numeric++]!
      left = Number.isNaN(value) ? missingLeft : value <= threshold
    }
    read(isOn && left)
    read(isOn && !left)
  }
  for (let tree = 0; tree < forest.treeCount; tree++) read(true)
  return sums.map((sum) => sum / forest.treeCount)
}

async function fittedOn(random: Random, round: number) {
  const n = 60
  const x = randomMatrix(random, n, 4, round % 2 === 0)
  const given = { n_estimators: 7, max_depth: round % 3 === 0 ? 3 : null, random_state: round }
  const codes = Int32Array.from({ length: n }, () => random.integer(3))
  const isClass = round % 4 < 2
  const fitted = isClass
    ? await new ExtraTreesClassifier(given).fit(x, { codes, classNames: ['a', 'b', 'c'] }, fitContext())
    : await new ExtraTreesRegressor(given).fit(
        x,
        Float64Array.from(codes, (c) => c + random.normal()),
        fitContext(),
      )
  const predict = (rows: RowBlock) =>
    fitted.kind === 'classifier' ? fitted.predictProbabilities(rows) : fitted.predict(rows)
  return { x, fitted, predict, Estimator: isClass ? ExtraTreesClassifier : ExtraTreesRegressor }
}

t.test('rows reach the leaves that the compact arrays say', async (t) => {
  const random = new Random(11)
  for (let round = 0; round < 40; round++) {
    const { fitted, predict } = await fittedOn(random, round)
    const other = randomMatrix(random, 300, 4)
    const block = toRowBlock({
      ...other,
      columns: other.columns.map((c) => (round % 3 === 1 ? c.map((v) => v || 0) : c)),
    })
    const predicted = predict(block)
    const forest = fromState(fitted.toState())
    const width = predicted.length / block.rowCount
    for (let i = 0; i < block.rowCount; i++) {
      const wanted = naivePrediction(forest, block.values.subarray(i * 4, i * 4 + 4))
      for (let k = 0; k < width; k++) {
        if (Math.abs(predicted[i * width + k]! - wanted[k]!) > 1e-12) t.fail(`round ${round}, row ${i}`)
      }
      const alone = predict({ rowCount: 1, columnCount: 4, values: block.values.slice(i * 4, i * 4 + 4) })
      if (!alone.every((value, k) => value === predicted[i * width + k])) t.fail(`round ${round}, row ${i} alone`)
    }
    t.pass()
  }
})

t.test('thresholds that are no float32 part what lies beside them', async (t) => {
  const random = new Random(13)
  const n = 200
  const given = { n_estimators: 9, random_state: 1 }
  // Numbers that are the same float32, with some that are missing, beside a column of others.
  const close = Float64Array.from({ length: n }, (_, i) =>
    i % 20 === 0 ? Number.NaN : 1 + random.integer(n) * 2 ** -45,
  )
  const columns = [close, Float64Array.from({ length: n }, () => random.integer(4)), close.toReversed()]
  const x = { rowCount: n, columns, categoryCounts: [0, 4, 0] }
  const y = close.map((value, i) => (Number.isNaN(value) ? -1 : (value - 1) * 2 ** 40 + columns[1]![i]! ** 2))
  const fitted = await new RandomForestRegressor(given).fit(x, y, fitContext())
  const forest = fromState(fitted.toState())
  t.ok(forest.thresholds.some((threshold) => Math.fround(threshold) !== threshold))
  const block = toRowBlock(x)
  const predicted = fitted.predict(block)
  for (let i = 0; i < n; i++) {
    const values = block.values.slice(3 * i, 3 * i + 3)
    const [wanted = 0] = naivePrediction(forest, values)
    const [alone] = fitted.predict({ rowCount: 1, columnCount: 3, values })
    if (Math.abs(predicted[i]! - wanted) > 1e-12 || alone !== predicted[i]) t.fail(`row ${i}`)
  }
})

t.test('a broken state is refused, or at worst predicts something', async (t) => {
  const random = new Random(12)
  let refused = 0
  for (let round = 0; round < 400; round++) {
    const { x, fitted, Estimator } = await fittedOn(random, round % 12)
    const state: Record<string, unknown> = structuredClone(fitted.toState())
    const name = Object.keys(state)[random.integer(Object.keys(state).length)]!
    state[name] = broken(state[name], random)
    try {
      const restored = new Estimator().restore(state as EstimatorState)
      const block = toRowBlock(x)
      if (restored.columnCount === 4) {
        if (restored.kind === 'classifier') restored.predictProbabilities(block)
        else restored.predict(block)
      }
    } catch (error) {
      if (!(error instanceof StateError)) t.fail(`${name}: ${error}`)
      refused++
    }
  }
  t.ok(refused > 200, `${refused} of 400 were refused`)
  t.throws(() => new ExtraTreesClassifier().restore({}), StateError)
})

function broken(value: unknown, random: Random): unknown {
  const ways = [
    () => null,
    () => 'text',
    () => random.integer(2 ** 31),
    () => -1,
    () => Number.NaN,
    () => new Float64Array(3),
    () => new Uint8Array(0),
  ]
  if (!ArrayBuffer.isView(value)) return ways[random.integer(ways.length)]!()
  const array = value as Float64Array
  switch (random.integer(5)) {
    case 0:
      return array.slice(0, random.integer(array.length + 1))
    case 1:
      return ways[random.integer(ways.length)]!()
    case 2:
      array[random.integer(array.length)] = Number.NaN
      return array
    default:
      for (let i = 0; i < 3; i++) array[random.integer(array.length || 1)] = random.integer(2 ** 16)
      return array
  }
}
