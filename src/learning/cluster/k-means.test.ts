import { readFileSync } from 'node:fs'
import t from 'tap'
import { DataError, FitStopped, ParameterError, StateError } from '../errors.ts'
import type { EstimatorState } from '../estimator.ts'
import { fitContext } from '../fit-context.ts'
import { type Matrix, numericMatrix, toRowBlock } from '../matrix.ts'
import { StopFlag } from '../parallel/stop-flag.ts'
import { ThreadTeam } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import type { FitWarning } from '../warnings.ts'
import { DistanceMeter } from './distance-meter.ts'
import { KMeans } from './k-means.ts'
import { packCentres, packRows } from './pack-vectors.ts'
import { squaredDistance } from './squared-distance.ts'
import { newVectorMemory } from './vector-memory.ts'

interface Golden {
  readonly scikit_learn: string
  readonly cases: readonly {
    readonly name: string
    readonly file: string
    readonly init: readonly (readonly number[])[]
    readonly weight: readonly number[] | null
    readonly parameters: { readonly [name: string]: unknown }
    readonly centres: readonly number[]
    readonly labels: string
    readonly inertia: number
    readonly iterations: number
  }[]
  readonly k_means_plus_plus: { readonly [file: string]: readonly number[] }
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/cluster.json', import.meta.url), 'utf8'))

/** The numeric columns of a file of examples/data whose label comes last. */
function read(name: string): Matrix {
  const text = readFileSync(new URL(`../../../examples/data/${name}.csv`, import.meta.url), 'utf8')
  const lines = text.trim().split(/\r?\n/).slice(1)
  const rows = lines.map((line) => line.split(','))
  return numericMatrix(rows[0]!.slice(0, -1).map((_, j) => Float64Array.from(rows, (row) => Number(row[j]))))
}

/** Rows about `clusterCount` random places, in units of the spread inside a cluster. */
function blobs(rowCount: number, columnCount: number, clusterCount: number, seed: number, distance = 4): Matrix {
  const random = new Random(seed)
  const places = Array.from({ length: clusterCount * columnCount }, () => distance * random.normal())
  const columns = Array.from({ length: columnCount }, () => new Float64Array(rowCount))
  for (let i = 0; i < rowCount; i++) {
    const place = random.integer(clusterCount) * columnCount
    for (const [j, column] of columns.entries()) column[i] = (places[place + j] as number) + random.normal()
  }
  return numericMatrix(columns, rowCount)
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b))

for (const c of golden.cases) {
  t.test(`${c.name}: from given centres to those of scikit-learn ${golden.scikit_learn}`, async (t) => {
    const x = read(c.file)
    const weight = c.weight === null ? undefined : Float64Array.from(c.weight)
    const parameters = { n_clusters: c.init.length, init: c.init, ...c.parameters }
    const fitted = await new KMeans(parameters).fit(x, fitContext(), weight)
    t.ok(
      fitted.centres.every((value, k) => isNear(value, c.centres[k] as number)),
      'centres',
    )
    t.ok(isNear(fitted.inertia, c.inertia), `inertia ${fitted.inertia}, theirs ${c.inertia}`)
    t.equal(fitted.iterations, c.iterations)
    const labels = [...fitted.predict(toRowBlock(x))].map((label) => String.fromCharCode(97 + label)).join('')
    t.equal(labels, c.labels)
  })
}

t.test('k-means++ finds first centres as good as those of scikit-learn', async (t) => {
  for (const [file, theirs] of Object.entries(golden.k_means_plus_plus)) {
    const n_clusters = file === 'iris' ? 8 : 10
    const x = read(file)
    const ours = []
    for (let random_state = 0; random_state < 30; random_state++) {
      ours.push((await new KMeans({ n_clusters, random_state }).fit(x, fitContext())).inertia)
    }
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
    const variance = (values: readonly number[]) => mean(values.map((v) => (v - mean(values)) ** 2))
    const error = Math.sqrt((variance(ours) + variance(theirs)) / 30)
    t.ok(mean(ours) < mean(theirs) + 3 * error, `${file}: ${mean(ours)}, theirs ${mean(theirs)} ± ${error}`)
  }
})

/** Lloyd's algorithm without any rounding, batch or sum that is kept up. */
function naiveKMeans(x: Matrix, init: readonly (readonly number[])[], iterations: number): number[][] {
  let centres = init.map((centre) => [...centre])
  for (let round = 0; round < iterations; round++) {
    const sums = centres.map((centre) => centre.map(() => 0))
    const counts = centres.map(() => 0)
    for (let i = 0; i < x.rowCount; i++) {
      const row = x.columns.map((column) => column[i] as number)
      const distances = centres.map((centre) => centre.reduce((sum, v, j) => sum + (v - (row[j] as number)) ** 2, 0))
      const nearest = distances.indexOf(Math.min(...distances))
      counts[nearest]!++
      row.forEach((value, j) => {
        sums[nearest]![j]! += value
      })
    }
    centres = sums.map((sum, c) =>
      counts[c] === 0 ? (centres[c] as number[]) : sum.map((v) => v / (counts[c] as number)),
    )
  }
  return centres
}

t.test('float32 distances and kept sums change nothing: as the naive algorithm, iteration by iteration', async (t) => {
  for (let seed = 0; seed < 12; seed++) {
    const [columnCount, clusterCount] = [1 + (seed % 7), 2 + ((seed * 5) % 11)]
    const x = blobs(700, columnCount, clusterCount, seed, seed % 3)
    const init = Array.from({ length: clusterCount }, (_, c) =>
      x.columns.map((column) => (column[c] as number) + 0.01 * c),
    )
    for (const max_iter of [1, 3, 10]) {
      const naive = naiveKMeans(x, init, max_iter).flat()
      const fitted = await new KMeans({ n_clusters: clusterCount, init, max_iter, tol: 0 }).fit(x, fitContext())
      if (!fitted.centres.every((value, k) => isNear(value, naive[k] as number))) {
        t.fail(`seed ${seed}, ${max_iter} iterations`)
      }
    }
  }
})

t.test('the meter measures as the loop in JavaScript, to the last bit', async (t) => {
  for (const columnCount of [1, 2, 3, 4, 5, 7, 8, 16, 21, 1000]) {
    const vectors = newVectorMemory(9, 3, columnCount, 1, 2)
    const random = new Random(columnCount)
    for (const values of [vectors.rows, vectors.centres]) values.set(values.map(() => random.normal()))
    const meter = new DistanceMeter(vectors, 1)
    const distancesTo = (values: Float64Array, start: number, end: number, i: number) =>
      Array.from({ length: end - start }, (_, k) =>
        squaredDistance(values, (start + k) * columnCount, vectors.rows, i * columnCount, columnCount),
      )
    meter.measureRows(2, 9, 4)
    t.same([...meter.squared.subarray(0, 7)], distancesTo(vectors.rows, 2, 9, 4), `${columnCount} columns`)
    meter.measureCentres(3, 8)
    t.same([...meter.squared.subarray(0, 3)], distancesTo(vectors.centres, 0, 3, 8), `${columnCount} columns`)
  }
})

t.test('float32 distances name the nearest centre or have none; they seldom have none', async (t) => {
  for (const [columnCount, clusterCount, offset] of [
    [1, 1, 0],
    [1, 7, 1e6],
    [3, 4, 0],
    [20, 9, 0],
    [200, 30, -50],
  ] as const) {
    const rowCount = 333
    const vectors = newVectorMemory(rowCount, clusterCount, columnCount, 1, 1)
    const random = new Random(clusterCount)
    for (const values of [vectors.rows, vectors.centres]) values.set(values.map(() => offset + random.normal()))
    vectors.origin.fill(offset + 0.1)
    // The fourth centre is the second again: ties.
    vectors.centres.copyWithin(3 * columnCount, columnCount, 2 * columnCount)
    const meter = new DistanceMeter(vectors, 0)
    packRows(meter)
    packCentres(vectors)
    vectors.labels.fill(-2)
    t.equal(meter.relabel(0, rowCount), vectors.labels.length, 'all labels are new')
    t.equal(meter.relabel(0, rowCount), 0, 'and none is, the second time')
    const found = vectors.labels.slice(0, rowCount)
    vectors.labels[8 + 5] = 77
    t.equal(meter.relabel(8, 100), 1, 'one is, the third')
    t.same([...meter.changes.subarray(0, 2), vectors.labels[8 + 5]], [5, 77, found[8 + 5]])
    let unsure = 0
    for (let i = 0; i < rowCount; i++) {
      const exact = meter.findNearestExactly(i)
      if (found[i] === -1 && exact !== 1) unsure++
      if (found[i] !== exact && found[i] !== -1) t.fail(`row ${i}: ${found[i]}, not ${exact}`)
      if (found[i] === 3 || (clusterCount > 3 && found[i] === 1)) t.fail(`row ${i}: a tie is not seen`)
    }
    t.ok(unsure <= rowCount / 20, `${unsure} unsure rows of ${columnCount} columns`)
  }
})

t.test('the clusters do not depend on the threads, only on the seed', async (t) => {
  const team = new ThreadTeam(2)
  const x = blobs(1500, 6, 9, 1, 1)
  for (const init of ['k-means++', 'random']) {
    const parameters = { n_clusters: 9, init, n_init: 2, random_state: 2 }
    const alone = await new KMeans(parameters).fit(x, fitContext())
    t.same((await new KMeans(parameters).fit(x, fitContext({ team }))).toState(), alone.toState())
    const other = await new KMeans({ ...parameters, random_state: 3 }).fit(x, fitContext())
    t.not(other.centres[0], alone.centres[0])
  }
  await team.close()
})

t.test('of several runs the best is kept', async (t) => {
  const x = blobs(300, 2, 12, 5)
  const single = []
  for (let n_init = 1; n_init <= 10; n_init++) {
    single.push((await new KMeans({ n_clusters: 12, init: 'random', n_init }).fit(x, fitContext())).inertia)
  }
  t.same(
    single,
    [...single].sort((a, b) => b - a),
  )
  t.ok((single.at(-1) as number) < (single[0] as number))
})

t.test('of several runs the best is kept, whatever the unit', async (t) => {
  const x = blobs(300, 2, 12, 5)
  const given = { n_clusters: 12, init: 'random', n_init: 10 }
  const labels = (await new KMeans(given).fit(x, fitContext())).predict(toRowBlock(x))
  // Squares of the first overflow, those of the second vanish.
  for (const unit of [2 ** 700, 2 ** -700]) {
    const scaled = numericMatrix(x.columns.map((column) => column.map((value) => value * unit)))
    const fitted = await new KMeans(given).fit(scaled, fitContext())
    t.same(fitted.predict(toRowBlock(scaled)), labels)
  }
})

t.test('iterations that ended too early are told, and clusters that no row is in', async (t) => {
  const warned: FitWarning[] = []
  const context = fitContext({ warn: (warning) => warned.push(warning) })
  const x = blobs(300, 2, 12, 5)
  await new KMeans({ n_clusters: 12, init: 'random', n_init: 1 }).fit(x, context)
  t.same(warned, [])
  await new KMeans({ n_clusters: 12, init: 'random', n_init: 1, max_iter: 2 }).fit(x, context)
  t.match(warned, [{ code: 'NOT_CONVERGED', message: /^k-means stopped after max_iter, 2, iterations/ }])
  warned.length = 0
  // scikit-learn: "Number of distinct clusters (3) found smaller than n_clusters (5)."
  const copies = numericMatrix([Float64Array.from({ length: 20 }, (_, i) => i % 3)])
  await new KMeans({ n_clusters: 5 }).fit(copies, context)
  t.match(warned, [{ code: 'PARAMETER_LOWERED', message: /^n_clusters is 5, but only 3 clusters have rows/ }])
})

t.test('integer weights are repeated rows, and rows of weight 0 are absent', async (t) => {
  const x = blobs(200, 3, 4, 2)
  const init = [0, 1, 2, 3].map((i) => x.columns.map((column) => column[i] as number))
  const weights = Float64Array.from({ length: 200 }, (_, i) => (i < 4 ? 1 : i % 4))
  const repeated = numericMatrix(
    x.columns.map((column) =>
      Float64Array.from([...weights].flatMap((w, i) => Array<number>(w).fill(column[i] as number))),
    ),
  )
  const weighted = await new KMeans({ n_clusters: 4, init }).fit(x, fitContext(), weights)
  const plain = await new KMeans({ n_clusters: 4, init }).fit(repeated, fitContext())
  t.ok(weighted.centres.every((value, k) => isNear(value, plain.centres[k] as number)))
  t.ok(isNear(weighted.inertia, plain.inertia))
  t.equal(weighted.iterations, plain.iterations)
})

t.test('bears extreme data', async (t) => {
  const copies = numericMatrix([new Float64Array(20).fill(1 / 3), Float64Array.from({ length: 20 }, (_, i) => i % 3)])
  const cases: { [name: string]: [Matrix, number] } = {
    'one row': [blobs(1, 2, 1, 0), 1],
    'as many clusters as rows': [blobs(7, 2, 1, 0), 7],
    'more clusters than different rows': [copies, 5],
    'constant columns': [numericMatrix([new Float64Array(30).fill(5)]), 2],
    'huge values': [numericMatrix([Float64Array.of(1e300, -1e300, 1.1e300, -1.1e300)]), 2],
    'tiny values': [numericMatrix([Float64Array.of(1e-300, -1e-300, 1.1e-300, -1.1e-300)]), 2],
    '1,000 columns': [blobs(60, 1000, 3, 0), 3],
  }
  for (const [name, [x, n_clusters]] of Object.entries(cases)) {
    for (const init of ['k-means++', 'random']) {
      const fitted = await new KMeans({ n_clusters, init }).fit(x, fitContext())
      t.ok(fitted.centres.every(Number.isFinite), name)
      const labels = fitted.predict(toRowBlock(x))
      if (name.endsWith('values')) {
        t.same([labels[0] === labels[2], labels[1] === labels[3], labels[0] !== labels[1]], [true, true, true], name)
      }
      if (name.startsWith('as many')) t.equal(fitted.inertia, 0)
      t.same(new KMeans().restore(fitted.toState()).predict(toRowBlock(x)), labels)
    }
  }
})

t.test('refuses what it cannot learn from', async (t) => {
  const x = blobs(5, 2, 1, 0)
  await t.rejects(new KMeans({ n_clusters: 6 }).fit(x, fitContext()), { message: /^n_clusters: expected at most/ })
  await t.rejects(new KMeans({ n_clusters: 2 }).fit(x, fitContext(), Float64Array.of(1, 0, 0, 0, 0)), ParameterError)
  await t.rejects(new KMeans({ n_clusters: 2, init: [[1, 2], [3]] }).fit(x, fitContext()), {
    message: /^init: expected 2 centres of 2 values/,
  })
  await t.rejects(new KMeans().fit(numericMatrix([], 9), fitContext()), DataError)
  await t.rejects(
    new KMeans({ n_clusters: 1 }).fit(numericMatrix([Float64Array.of(Number.NaN)]), fitContext()),
    DataError,
  )
  t.throws(() => new KMeans({ n_clusters: 0, init: 'best', tol: -1, k: 3 }), {
    message: /n_clusters: .*; init: .*; tol: .*; k: unknown/,
  })
})

t.test('stops when asked, and reports growing progress until then', async (t) => {
  const stop = new StopFlag()
  const seen: number[] = []
  const x = blobs(4000, 8, 30, 3, 0)
  const report = (done: number): void => {
    seen.push(done)
    if (seen.length === 2) stop.set()
  }
  const parameters = { n_clusters: 30, init: 'random', n_init: 50 }
  await t.rejects(new KMeans(parameters).fit(x, fitContext({ stop, report })), FitStopped)
  t.same(
    seen,
    [...seen].sort((a, b) => a - b),
  )
})

t.test('restores nothing but centres', async (t) => {
  const fitted = await new KMeans({ n_clusters: 3 }).fit(blobs(50, 2, 3, 0), fitContext())
  const state = fitted.toState()
  const hostile: EstimatorState[] = [
    {},
    { ...state, columnCount: 0 },
    { ...state, columnCount: 4 },
    { ...state, centres: new Float64Array(0) },
    { ...state, centres: [1, 2] },
    { ...state, centres: new Float64Array(6).fill(Number.NaN) },
    { ...state, inertia: -1 },
    { ...state, iterations: 0.5 },
  ]
  for (const [k, bad] of hostile.entries()) t.throws(() => new KMeans().restore(bad), StateError, `state ${k}`)
})
