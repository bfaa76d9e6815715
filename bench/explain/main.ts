// npm run bench:explain — explanations of forests, beside shap's C code on the very same trees.
//
//   --rounds N   turns of both sides; the medians are written (default 5)
//   --http       one row through a worker, asked by wrk, and nothing else
//
// PYTHON names a Python that has shap. The table is made up: 1,309 rows of 8 columns, as many as the Titanic's passengers.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { FittedClassifier } from '../../src/learning/estimator.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { type Matrix, toRowBlock } from '../../src/learning/matrix.ts'
import { Random } from '../../src/learning/random.ts'
import { RandomForestClassifier } from '../../src/learning/trees/random-forest-classifier.ts'
import { shapTrees } from './shap-trees.ts'

const ROWS = 1_309
const COLUMNS = 8
const EXPLAINED = 1_000
const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, http: { type: 'boolean', default: false } },
})
const folder = mkdtempSync(join(tmpdir(), 'bench-explain-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const { x, codes } = made()
const rows = toRowBlock(x, 0, EXPLAINED)
const one = toRowBlock(x, 0, 1)

if (options.http) await overHttp()
else await besideShap()

async function overHttp(): Promise<void> {
  const { explainOverHttp } = await import('./over-http.ts')
  const features = Array.from({ length: ROWS }, (_, i) =>
    Object.fromEntries(x.columns.map((values, j) => [`column_${j}`, values[i]])),
  )
  await explainOverHttp(
    features,
    Array.from(codes, (code) => ({ survived: code === 1 ? 'yes' : 'no' })),
  )
}

async function besideShap(): Promise<void> {
  console.log('| forest of 100 trees | nodes | one row: ours | shap | 1,000 rows: ours | shap | farthest apart |')
  console.log('|---|--:|--:|--:|--:|--:|--:|')
  for (const depth of [null, 8]) {
    const given = { n_estimators: 100, max_depth: depth, random_state: 1 }
    const fitted = await new RandomForestClassifier(given).fit(x, { codes, classNames: ['no', 'yes'] }, fitContext())
    await measure(depth === null ? 'depth unlimited' : `depth ${depth}`, fitted)
  }
}

async function measure(name: string, fitted: FittedClassifier): Promise<void> {
  const trees = shapTrees(fitted)
  const file = join(folder, 'forest.json')
  const values = Array.from({ length: EXPLAINED }, (_, i) => [...rows.values.subarray(i * COLUMNS, (i + 1) * COLUMNS)])
  writeFileSync(file, JSON.stringify({ trees, rows: values }))
  const peer = spawn(process.env['PYTHON'] ?? 'python3', [fileURLToPath(new URL('./peer.py', import.meta.url)), file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()
  const ask = async (): Promise<{ one: number; many: number; first: readonly number[] }> => {
    peer.stdin.write('go\n')
    return JSON.parse(String((await lines.next()).value))
  }
  const times: [number, number, number, number][] = []
  let farthest = 0
  for (let round = 0; round < Number(options.rounds); round++) {
    const theirs = await ask()
    const [ownOne, ownMany] = [timeOf(fitted, one), timeOf(fitted, rows)]
    times.push([ownOne, theirs.one, ownMany, theirs.many])
    const { contributions } = explain(fitted, one)
    theirs.first.forEach((value, j) => {
      farthest = Math.max(farthest, Math.abs(value - (contributions[j] as number)))
    })
  }
  peer.stdin.end()
  const nodes = trees.reduce((sum, { features }) => sum + features.length, 0)
  const medians = [0, 1, 2, 3].map((k) => {
    const column = times.map((round) => round[k] as number).sort((a, b) => a - b)
    return `${(column[column.length >> 1] as number).toFixed(k < 2 ? 1 : 0)} ms`
  })
  console.log(`| ${[name, nodes, ...medians, farthest.toExponential(0)].join(' | ')} |`)
}

function explain(fitted: FittedClassifier, block: typeof rows) {
  const explanation = fitted.explain?.(block, { classCodes: [1] })
  if (explanation === undefined) throw new Error('a forest is not explained')
  return explanation
}

function timeOf(fitted: FittedClassifier, block: typeof rows): number {
  const startedAt = performance.now()
  explain(fitted, block)
  return performance.now() - startedAt
}

/** Classes, ages and fares, and who came through, with noise: trees of unlimited depth become large. */
function made(): { readonly x: Matrix; readonly codes: Int32Array } {
  const random = new Random(1, 1)
  const distinct = [3, 3, 3, 8, 8]
  const columns = Array.from({ length: COLUMNS }, (_, j) => {
    const levels = distinct[j]
    return Float64Array.from({ length: ROWS }, () =>
      levels === undefined ? Math.fround(80 * random.uniform()) : random.integer(levels),
    )
  })
  const [first, , , , , , fare] = columns as [Float64Array, ...Float64Array[]]
  const codes = Int32Array.from({ length: ROWS }, (_, i) => {
    const score = (first[i] as number) + ((fare as Float64Array)[i] as number) / 40 + 2 * random.uniform()
    return score > 3 ? 1 : 0
  })
  return { x: { rowCount: ROWS, columns, categoryCounts: columns.map(() => 0) }, codes }
}
