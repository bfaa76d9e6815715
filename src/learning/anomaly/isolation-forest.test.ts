import { readFileSync } from 'node:fs'
import t from 'tap'
import { DataError, FitStopped, ParameterError, StateError } from '../errors.ts'
import type { EstimatorState } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, numericMatrix, toRowBlock } from '../matrix.ts'
import { areaUnderCurve } from '../metrics/roc-auc.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import { averagePathLength } from './average-path-length.ts'
import { IsolationForest } from './isolation-forest.ts'

interface Golden {
  readonly scikit_learn: string
  readonly average_path_length: { readonly [n: string]: number }
  readonly iris: {
    readonly forest: { readonly [key: string]: number | readonly number[] }
    readonly offset: number
    readonly score_samples: readonly number[]
    readonly decision_function: readonly number[]
  }
  readonly breast_cancer: { readonly rows: readonly number[] } & { readonly [aucs: string]: readonly number[] }
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/anomaly.json', import.meta.url), 'utf8'))

/** The numeric columns of a file of examples/data whose label comes last, and the labels. */
function read(name: string): { x: Matrix; labels: readonly string[] } {
  const text = readFileSync(new URL(`../../../examples/data/${name}.csv`, import.meta.url), 'utf8')
  const rows = text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','))
  const columns = rows[0]!.slice(0, -1).map((_, j) => Float64Array.from(rows, (row) => Number(row[j])))
  return { x: numericMatrix(columns), labels: rows.map((row) => row.at(-1) as string) }
}

function randomMatrix(rowCount: number, columnCount: number, seed = 0): Matrix {
  const random = new Random(seed)
  return numericMatrix(
    Array.from({ length: columnCount }, () => Float64Array.from({ length: rowCount }, () => random.normal())),
    rowCount,
  )
}

/** Byte for byte. tap's own comparison takes minutes for a million numbers. */
function isSameState(a: EstimatorState, b: EstimatorState): boolean {
  return Object.entries(a).every(([key, value]) => {
    const other = b[key]
    if (!ArrayBuffer.isView(value) || !ArrayBuffer.isView(other)) return value === other
    const bytes = (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength)
    return bytes(value).equals(bytes(other))
  })
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

t.test(`average path lengths are those of scikit-learn ${golden.scikit_learn}`, async (t) => {
  for (const [n, expected] of Object.entries(golden.average_path_length)) {
    t.ok(Math.abs(averagePathLength(Number(n)) - expected) <= 1e-12 * expected, n)
  }
})

t.test("scikit-learn's own trees give scikit-learn's scores", async (t) => {
  const { forest, offset, score_samples, decision_function } = golden.iris
  const state: EstimatorState = {
    columnCount: forest['columnCount'] as number,
    sampleCount: forest['sampleCount'] as number,
    offset,
    roots: Int32Array.from(forest['roots'] as number[]),
    rights: Int32Array.from(forest['rights'] as number[]),
    features: Int32Array.from(forest['features'] as number[]),
    values: Float64Array.from(forest['values'] as number[]),
    missingIsRight: new Uint8Array((forest['rights'] as number[]).length),
  }
  const fitted = new IsolationForest().restore(state)
  const x = toRowBlock(read('iris').x)
  fitted.scoreSamples(x).forEach((score, i) => {
    if (Math.abs(score - (score_samples[i] as number)) > 1e-12) t.fail(`row ${i}: ${score}`)
  })
  fitted.decisionFunction(x).forEach((score, i) => {
    if (Math.abs(score - (decision_function[i] as number)) > 1e-12) t.fail(`row ${i}: ${score}`)
  })
})

t.test('finds malignant rows among benign ones as well as scikit-learn, over five seeds', async (t) => {
  const { x, labels } = read('breast_cancer')
  const { rows, ...aucs } = golden.breast_cancer
  const subset = numericMatrix(x.columns.map((column) => Float64Array.from(rows, (i) => column[i] as number)))
  const isAnomaly = Int32Array.from(rows, (i) => (labels[i] === 'malignant' ? 1 : 0))
  const parameters: { [name: string]: object } = {
    roc_auc: {},
    roc_auc_max_samples_64: { max_samples: 64 },
    roc_auc_max_features_half: { max_features: 0.5 },
    roc_auc_bootstrap: { bootstrap: true },
  }
  for (const [name, theirs] of Object.entries(aucs)) {
    const ours = []
    for (let seed = 0; seed < 5; seed++) {
      const fitted = await new IsolationForest({ random_state: seed, ...parameters[name] }).fit(subset, fitContext())
      const strangeness = fitted.scoreSamples(toRowBlock(subset)).map((score) => -score)
      ours.push(areaUnderCurve(isAnomaly, 1, strangeness))
    }
    const center = mean(theirs as number[])
    const spread = Math.sqrt(((theirs as number[]).reduce((sum, v) => sum + (v - center) ** 2, 0) / 4) * (2 / 5))
    const difference = mean(ours) - center
    t.ok(difference > -2 * spread, `${name}: ${mean(ours)}, theirs ${center} ± ${spread}`)
    t.ok(Math.abs(difference) < Math.max(4 * spread, 0.01), `${name} is not another method`)
  }
})

t.test('a score is 2 to the minus mean path length over c, walked naively', async (t) => {
  const x = randomMatrix(300, 3)
  const fitted = await new IsolationForest({ n_estimators: 7, max_samples: 50 }).fit(x, fitContext())
  const { roots, rights, features, values } = fitted.toState() as { [key: string]: Int32Array }
  const scores = fitted.scoreSamples(toRowBlock(x))
  for (let i = 0; i < 300; i++) {
    const walk = (root: number, node: number): number => {
      const right = rights![root + node] as number
      if (right === 0) return values![root + node] as number
      const value = x.columns[features![root + node] as number]![i] as number
      return walk(root, value <= (values![root + node] as number) ? node + 1 : right)
    }
    const length = mean([...roots!].map((root) => walk(root, 0)))
    const expected = -(2 ** (-length / averagePathLength(50)))
    if (Math.abs((scores[i] as number) - expected) > 1e-12) t.fail(`row ${i}`)
  }
})

t.test('contamination sets the share of the fitted rows below 0', async (t) => {
  const x = randomMatrix(1000, 4)
  for (const contamination of [0.01, 0.1, 0.5]) {
    const fitted = await new IsolationForest({ contamination }).fit(x, fitContext())
    const below = fitted.decisionFunction(toRowBlock(x)).filter((score) => score < 0).length
    t.ok(Math.abs(below - 1000 * contamination) <= 1, `${below} of 1000`)
  }
  const automatic = await new IsolationForest().fit(x, fitContext())
  t.equal(automatic.offset, -0.5)
})

t.test('the forest does not depend on the threads, only on the seed', async (t) => {
  const x = randomMatrix(12_000, 3)
  const team = new ThreadTeam(2)
  const parameters = { n_estimators: 40, max_samples: 0.8, contamination: 0.1, random_state: 4 }
  const alone = await new IsolationForest(parameters).fit(x, fitContext())
  const together = await new IsolationForest(parameters).fit(x, fitContext({ team }))
  t.ok(isSameState(together.toState(), alone.toState()))
  const other = await new IsolationForest({ ...parameters, random_state: 5 }).fit(x, fitContext())
  t.notOk(isSameState(other.toState(), alone.toState()))
  await team.close()
})

t.test('a missing value isolates a row when it is rare, and any column may lack all values', async (t) => {
  const x = randomMatrix(400, 2)
  const gaps = new Float64Array(x.columns[0] as Float64Array)
  gaps[7] = Number.NaN
  const constant = new Float64Array(400).fill(3)
  constant[9] = Number.NaN
  const empty = new Float64Array(400).fill(Number.NaN)
  const gappy = numericMatrix([gaps, x.columns[1] as Float64Array, constant, empty])
  const fitted = await new IsolationForest({ max_samples: 400 }).fit(gappy, fitContext())
  const scores = fitted.scoreSamples(toRowBlock(gappy))
  t.ok(scores.every((score) => score > -1 && score < 0))
  const rank = scores.filter((score) => score < (scores[9] as number)).length
  t.ok(rank < 20, `row 9 is number ${rank}`)

  const nothing = await new IsolationForest().fit(numericMatrix([empty]), fitContext())
  t.equal(new Set(nothing.scoreSamples(toRowBlock(numericMatrix([empty])))).size, 1)
})

t.test('rows of weight 0 are absent, and equal weights are none', async (t) => {
  const x = randomMatrix(500, 3)
  const half = numericMatrix(x.columns.map((column) => column.slice(0, 250)))
  const weights = Float64Array.from({ length: 500 }, (_, i) => (i < 250 ? 2 : 0))
  const weighted = await new IsolationForest({ contamination: 0.1 }).fit(x, fitContext(), weights)
  const plain = await new IsolationForest({ contamination: 0.1 }).fit(half, fitContext())
  t.ok(isSameState(weighted.toState(), plain.toState()))
})

t.test('rows of more weight are drawn more often, however uneven the weights', async (t) => {
  // Two clusters of one column; nearly all weight lies on the second, so the first looks strange.
  const column = Float64Array.from({ length: 200 }, (_, i) => (i < 100 ? i / 1000 : 10 + i / 1000))
  const x = numericMatrix([column])
  for (const bootstrap of [false, true]) {
    const weights = Float64Array.from({ length: 200 }, (_, i) => (i < 100 ? 1e-9 : 1))
    const fitted = await new IsolationForest({ max_samples: 90, bootstrap }).fit(x, fitContext(), weights)
    const scores = fitted.scoreSamples(toRowBlock(x))
    t.ok(mean([...scores.slice(0, 100)]) < mean([...scores.slice(100)]) - 0.1)
  }
  const uneven = Float64Array.from({ length: 200 }, (_, i) => (i === 0 ? 1e12 : 1))
  const fitted = await new IsolationForest({ max_samples: 190 }).fit(x, fitContext(), uneven)
  t.equal(fitted.toState()['sampleCount'], 190)
})

t.test('bears extreme data', async (t) => {
  const cases: { [name: string]: Matrix } = {
    'one row': randomMatrix(1, 2),
    'constant columns': numericMatrix([new Float64Array(50), new Float64Array(50).fill(7)]),
    'huge and tiny values': numericMatrix([Float64Array.of(1e300, -1e300, 1e-300, 0, 1.7e308, -1.7e308)]),
    '1,000 columns': randomMatrix(40, 1000),
  }
  for (const [name, x] of Object.entries(cases)) {
    const fitted = await new IsolationForest({ contamination: 0.2, n_estimators: 20 }).fit(x, fitContext())
    const scores = fitted.decisionFunction(toRowBlock(x))
    t.ok(scores.every(Number.isFinite), name)
    const restored = new IsolationForest().restore(fitted.toState())
    t.same(restored.decisionFunction(toRowBlock(x)), scores)
  }
})

t.test('refuses what it cannot learn from', async (t) => {
  await t.rejects(new IsolationForest().fit(numericMatrix([], 5), fitContext()), DataError)
  await t.rejects(new IsolationForest().fit(randomMatrix(3, 1), fitContext(), new Float64Array(3)), DataError)
  await t.rejects(new IsolationForest({ max_features: 3 }).fit(randomMatrix(9, 2), fitContext()), ParameterError)
  t.throws(() => new IsolationForest({ contamination: 0.6, max_samples: 0, n_estimators: 0 }), {
    message: /contamination: .*; max_samples: .*; n_estimators: /,
  })
  const stop = new StopFlag()
  stop.set()
  await t.rejects(new IsolationForest().fit(randomMatrix(30, 2), fitContext({ stop })), FitStopped)
})

t.test('restores no state that could lead a walk astray', async (t) => {
  const fitted = await new IsolationForest({ n_estimators: 3 }).fit(randomMatrix(50, 2), fitContext())
  const state = fitted.toState() as { [key: string]: Int32Array }
  const changed = (key: string, change: (values: Int32Array) => void): EstimatorState => {
    const copy = (state[key] as Int32Array).slice()
    change(copy)
    return { ...state, [key]: copy }
  }
  const hostile: EstimatorState[] = [
    {},
    { ...state, columnCount: 1 },
    { ...state, offset: Number.NaN },
    { ...state, values: (state['values'] as unknown as Float64Array).slice(1) },
    { ...state, rights: [1, 2, 3] },
    changed('rights', (rights) => rights.fill(1)),
    changed('rights', (rights) => rights.fill(-1)),
    changed('rights', (rights) => {
      rights[0] = rights.length
    }),
    changed('rights', (rights) => {
      rights[rights.length - 1] = 2
    }),
    changed('features', (features) => {
      features[0] = -1
    }),
    changed('roots', (roots) => {
      roots[1] = 1_000_000
    }),
    changed('roots', (roots) => roots.reverse()),
  ]
  for (const [k, bad] of hostile.entries()) t.throws(() => new IsolationForest().restore(bad), StateError, `state ${k}`)
})
