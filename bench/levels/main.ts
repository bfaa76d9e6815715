// What columns of many levels do to trees and forests: R² or accuracy on held-out rows with them, without them, and by an
// earlier state of the engine.
// Usage: node bench/levels/main.ts TABLES --before FOLDER/src/learning [--trees 50] [--only NAME]
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Classifier, Regressor } from '../../src/learning/estimator.ts'
import { fitContext } from '../../src/learning/fit-context.ts'
import { Random } from '../../src/learning/random.ts'
import { type LevelTable, meanScore } from './score-table.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    before: { type: 'string' },
    only: { type: 'string', default: '' },
    trees: { type: 'string', default: '50' },
  },
})
const folder = positionals[0]
if (folder === undefined || options.before === undefined) {
  throw new Error('say where the tables of bench/levels/tables.py are, and with --before the engine to compare with')
}
/** Columns with fewer levels are in all tables. */
const MANY_LEVELS = 20
const FOREST = { n_estimators: Number(options.trees), random_state: 0 }
const TREE = { min_samples_leaf: 5, random_state: 0 }

type Make = (table: LevelTable) => Classifier | Regressor

async function estimatorsOf(engine: string): Promise<Make[]> {
  const load = async (file: string) => Object.values(await import(`${resolve(engine)}/trees/${file}.ts`))[0]
  const make = async (kind: string, given: object): Promise<Make> => {
    type Estimator = new (given: object) => Classifier | Regressor
    const ofNumbers = (await load(`${kind}-regressor`)) as Estimator
    const ofClasses = (await load(`${kind}-classifier`)) as Estimator
    return ({ isClass }) => new (isClass ? ofClasses : ofNumbers)(given)
  }
  return [await make('random-forest', FOREST), await make('decision-tree', TREE)]
}

const scoreOf = async (table: LevelTable, make: Make): Promise<string> =>
  (await meanScore(table, () => make(table), new Random(1), fitContext())).toFixed(3)

const before = await estimatorsOf(options.before)
const now = await estimatorsOf('src/learning')
console.log('| table | rows | levels | forest before | now | without | tree before | now | without |')
console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|')
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.json') || !file.includes(options.only)) continue
  const table: LevelTable = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))
  const plain = { ...table, columns: table.columns.filter(({ levels }) => levels < MANY_LEVELS) }
  const levels = table.columns.map((column) => column.levels).filter((count) => count >= MANY_LEVELS)
  const scores: string[] = []
  for (let e = 0; e < now.length; e++) {
    scores.push(await scoreOf(table, before[e]!), await scoreOf(table, now[e]!), await scoreOf(plain, now[e]!))
  }
  console.log(`| ${table.name} | ${table.target.length} | ${levels.join(', ')} | ${scores.join(' | ')} |`)
}
