// What ml-cart and ml-random-forest do wrongly when they are called as their pages say, done right.
import t from 'tap'
import { DataError, FitStopped, ParameterError, StateError } from '../../src/learning/errors.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { numericMatrix, toRowBlock } from '../../src/learning/matrix.ts'
import { StopFlag } from '../../src/learning/parallel/stop-flag.ts'
import { Random } from '../../src/learning/random.ts'
import { CartClassifier } from '../../src/ml-packages/cart-classifier.ts'
import { ForestClassifier } from '../../src/ml-packages/random-forest-classifier.ts'

type Columns = readonly (readonly number[])[]

function fitted(estimator: CartClassifier | ForestClassifier, columns: Columns, codes: readonly number[], seed = 0) {
  const classNames = Array.from({ length: Math.max(...codes) + 1 }, (_, c) => `class ${c}`)
  const matrix = numericMatrix(columns.map((column) => Float64Array.from(column)))
  return estimator.fit(matrix, { codes: Int32Array.from(codes), classNames }, fitContext({ seed }))
}

async function probabilities(estimator: CartClassifier | ForestClassifier, columns: Columns, codes: readonly number[]) {
  const model = await fitted(estimator, columns, codes)
  return [...model.predictProbabilities(toRowBlock(numericMatrix(columns.map((column) => Float64Array.from(column)))))]
}

const xor = {
  columns: [
    [0, 0, 1, 1, 0, 0, 1, 1],
    [0, 1, 0, 1, 0, 1, 0, 1],
  ],
  codes: [0, 1, 1, 0, 0, 1, 1, 0],
}
const certain = (codes: readonly number[]) => codes.flatMap((code) => (code === 0 ? [1, 0] : [0, 1]))

t.test('a tree learns XOR, and the parity of three bits, whose first splits gain nothing', async (t) => {
  t.same(await probabilities(new CartClassifier(), xor.columns, xor.codes), certain(xor.codes))
  const bits = [4, 2, 1].map((bit) => Array.from({ length: 16 }, (_, i) => (i & bit ? 1 : 0)))
  const parity = Array.from({ length: 16 }, (_, i) => bits.reduce((sum, bit) => sum + (bit[i] as number), 0) % 2)
  t.same(await probabilities(new CartClassifier(), bits, parity), certain(parity))
})

t.test('a tree learns a class of one row in a thousand', async (t) => {
  const values = Array.from({ length: 1000 }, (_, i) => (i * 7) % 1000)
  const codes = values.map((value) => (value === 500 ? 1 : 0))
  t.same(await probabilities(new CartClassifier(), [values], codes), certain(codes))
})

t.test('a tree splits between a value of several classes and a value of one of them', async (t) => {
  for (const reversed of [false, true]) {
    const column = [0, 0, 0, 1, 1].map((value) => (reversed ? 1 - value : value))
    for (const codes of [
      [0, 1, 1, 1, 1],
      [1, 1, 0, 1, 1],
      [1, 0, 1, 0, 0],
    ]) {
      const p = await probabilities(new CartClassifier(), [column], codes)
      t.equal(p[3 * 2 + (codes[3] as number)], 1, `${codes}`)
    }
  }
})

t.test('every node of a tree has a split as good as the best of all', async (t) => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed)
    const classCount = 2 + random.integer(3)
    const n = 4 + random.integer(30)
    const levels = 2 + random.integer(8)
    const columns = Array.from({ length: 3 }, () => Array.from({ length: n }, () => random.integer(levels) - 3))
    const codes = Array.from({ length: n }, (_, i) => (i < classCount ? i : random.integer(classCount)))
    const stump = await probabilities(new CartClassifier({ max_depth: 1 }), columns, codes)
    // The impurity that is left after one split, from the leaf of each row: 1 − Σ p².
    let left = 0
    for (let i = 0; i < n; i++) {
      left += (1 - stump.slice(i * classCount, (i + 1) * classCount).reduce((sum, p) => sum + p * p, 0)) / n
    }
    t.ok(Math.abs(left - bestImpurity(columns, codes, classCount)) < 1e-9, `seed ${seed}`)
  }
})

/** The naive twin: the least impurity that any threshold of any column leaves. */
function bestImpurity(columns: Columns, codes: readonly number[], classCount: number): number {
  const impurity = (of: readonly number[]): number => {
    const shares = Array.from({ length: classCount }, (_, c) => of.filter((code) => code === c).length / of.length)
    return of.length === 0 ? 0 : 1 - shares.reduce((sum, share) => sum + share * share, 0)
  }
  let best = Infinity
  for (const column of columns) {
    for (const threshold of column) {
      const [low, high] = [true, false].map((side) =>
        codes.filter((_, i) => (column[i] as number) < threshold === side),
      )
      const left =
        impurity(low as number[]) * (low as number[]).length + impurity(high as number[]) * (high as number[]).length
      best = Math.min(best, left / codes.length)
    }
  }
  return best
}

t.test(
  'a tree without limits learns every training row that differs from the others, at any size of values',
  async (t) => {
    const random = new Random(3)
    for (const size of [1, 1e300, 1e-300, 5e-324]) {
      const column = Array.from({ length: 40 }, (_, i) => (i - 20) * size)
      const codes = column.map(() => random.integer(2))
      t.same(await probabilities(new CartClassifier(), [column], codes), certain(codes), `${size}`)
    }
  },
)

const rounded = (value: number): number => Math.round(value * 1e9) / 1e9

t.test('limits of a tree mean what they mean in scikit-learn', async (t) => {
  const column = Array.from({ length: 10 }, (_, i) => i)
  const codes = [0, 0, 0, 0, 0, 1, 1, 1, 0, 1]
  const shares = async (given: object) =>
    [...new Set(await probabilities(new CartClassifier({ ...given }), [column], codes))].map(rounded).toSorted()
  t.same(await shares({ max_depth: 1 }), [0, 0.2, 0.8, 1])
  t.same(await shares({ min_samples_split: 11 }), [0.4, 0.6])
  t.same(await shares({ min_samples_split: 10, max_depth: null }), [0, 0.2, 0.8, 1])
  t.same(await shares({ min_samples_split: 0.95 }), [0, 0.2, 0.8, 1])
  // The split of the root gains 0.48 − 0.16; the next ones, weighted by their share of the rows, less.
  t.same(await shares({ min_impurity_decrease: 0.3 }), [0, 0.2, 0.8, 1])
  t.same(await shares({ min_impurity_decrease: 0.33 }), [0.4, 0.6])
  t.same(await shares({}), [0, 1])
})

t.test('a forest grows when every row is drawn, and its votes add up', async (t) => {
  const trees = 7
  for (let seed = 0; seed < 10; seed++) {
    const forest = new ForestClassifier({ n_estimators: trees, random_state: seed })
    const p = await probabilities(forest, [[1, 2, 3]], [0, 1, 1])
    for (let i = 0; i < p.length; i += 2) {
      t.equal((p[i] as number) + (p[i + 1] as number), 1)
      const votes = (p[i] as number) * trees
      t.ok(Math.abs(votes - Math.round(votes)) < 1e-9, 'whole votes')
    }
  }
})

t.test('every vote of a forest counts, whatever the label', async (t) => {
  const columns = [Array.from({ length: 30 }, (_, i) => i)]
  const codes = columns[0]?.map((value) => Math.floor(value / 10)) as number[]
  const p = await probabilities(new ForestClassifier({ n_estimators: 1, bootstrap: false }), columns, codes)
  t.same(
    p,
    codes.flatMap((code) => [0, 1, 2].map((c) => (c === code ? 1 : 0))),
  )
})

t.test('max_features of a forest counts columns as scikit-learn does, for each node', async (t) => {
  // One column tells the class, 15 are noise: the fewer are drawn, the more often trees begin with noise.
  const random = new Random(5)
  const columns = Array.from({ length: 16 }, () => Array.from({ length: 40 }, () => random.uniform()))
  const codes = columns[0]?.map((value) => (value > 0.5 ? 1 : 0)) as number[]
  const nodes = async (max_features: unknown) => {
    const model = await fitted(
      new ForestClassifier({ n_estimators: 30, bootstrap: false, max_features }),
      columns,
      codes,
    )
    return (model.toState()['trees'] as { columns: Int32Array }[]).map((tree) => tree.columns)
  }
  const first = async (max_features: unknown) => (await nodes(max_features)).filter((tree) => tree[0] === 0).length
  t.equal(await first(null), 30, 'null: all columns, so the telling one is always found')
  t.equal(await first(16), 30)
  t.equal(await first(1000), 30, 'more than there are means all')
  t.equal(await first(1), 30, '1 is 1.0, all columns')
  t.ok((await first(0.01)) < 10, 'a small fraction is one column')
  t.ok((await first('log2')) < 20)
  t.same(await nodes('sqrt'), await nodes('log2'), 'both are 4 of 16')
  t.same(await nodes(0.26), await nodes(4), 'fractions are rounded down')
  const ofOneTree = (await nodes(0.01))[0] as Int32Array
  t.ok(new Set(ofOneTree.filter((column) => column >= 0)).size > 1, 'drawn for each node, not for each tree')
})

t.test('max_samples of a forest draws among all rows', async (t) => {
  const column = Array.from({ length: 100 }, (_, i) => i)
  const codes = column.map((value) => (value < 50 ? 0 : 1))
  const forest = new ForestClassifier({ n_estimators: 30, max_samples: 0.2 })
  const p = await probabilities(forest, [column], codes)
  t.ok((p[99 * 2 + 1] as number) > 0.9, 'the first rows alone have one class')
  await t.rejects(fitted(new ForestClassifier({ max_samples: 101 }), [column], codes), ParameterError)
  t.throws(() => new ForestClassifier({ max_samples: 5, bootstrap: false }), ParameterError)
})

t.test('a forest depends on its seed alone', async (t) => {
  const random = new Random(8)
  const columns = Array.from({ length: 4 }, () => Array.from({ length: 30 }, () => random.uniform()))
  const codes = Array.from({ length: 30 }, () => random.integer(2))
  const state = async (random_state: number | null, seed: number) =>
    (await fitted(new ForestClassifier({ n_estimators: 3, random_state }), columns, codes, seed)).toState()
  t.same(await state(1, 7), await state(1, 8))
  t.same(await state(null, 1), await state(1, 9))
  t.notSame(await state(1, 0), await state(2, 0))
})

for (const estimator of [new CartClassifier(), new ForestClassifier()]) {
  t.test(`${estimator.constructor.name} refuses what the package cannot learn, and stops when asked`, async (t) => {
    await t.rejects(fitted(estimator, [[1, Number.NaN]], [0, 1]), DataError)
    await t.rejects(fitted(estimator, [], [0, 1]), DataError)
    const target = { codes: Int32Array.of(0, 1), classNames: ['a', 'b'] }
    const matrix = numericMatrix([Float64Array.of(1, 2)])
    await t.rejects(estimator.fit(matrix, target, fitContext(), Float64Array.of(1, 2)), DataError)
    const stop = new StopFlag()
    stop.set()
    await t.rejects(estimator.fit(matrix, target, fitContext({ stop })), FitStopped)
    t.throws(() => estimator.restore({ columnCount: 1, classCount: 2 }), StateError)
  })
}
