// npm run test:silence: made-up tables through every model class, searching for answers that are wrong without a word.
// Options: --tables N (1000), --seed N (1), --only NAME[,NAME], --stop (at the first finding). Exits 1 when it found some.
import { parseArgs } from 'node:util'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { Random } from '../../src/learning/random.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import { compareWithPeer } from './compare-with-peer.ts'
import { randomTable, TABLE_KINDS, type TableKind } from './random-table.ts'
import { tryModel } from './try-model.ts'

const { values: options } = parseArgs({
  options: {
    tables: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    stop: { type: 'boolean', default: false },
  },
})
const names = options.only?.split(',')
const { models } = await discoverModels('statistical')
const tried = models.filter(({ model }) => model.feature_names === '*' && (names?.includes(model.name) ?? true))
const team = new ThreadTeam(1)
const counts = new Map<string, number>()
let found = 0
for (let i = 0; i < Number(options.tables); i++) {
  const kind = TABLE_KINDS[i % TABLE_KINDS.length] as TableKind
  const table = randomTable(kind, new Random(Number(options.seed), i))
  for (const { model } of tried) {
    try {
      const outcome = `${model.name}: ${await tryModel(model, table, team)}`
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    } catch (error) {
      found += 1
      const { rowCount, columns } = table.features
      const what = `table ${i} (${kind}, ${rowCount} × ${columns.length}), ${model.name}`
      process.stdout.write(`FOUND ${what}: ${(error as Error).name}: ${(error as Error).message.slice(0, 300)}\n`)
      if (options.stop) throw error
    }
  }
}
for (const [outcome, count] of [...counts].sort()) process.stdout.write(`${String(count).padStart(7)}  ${outcome}\n`)
found += await compareWithPeer({ tables: Number(options.tables), seed: Number(options.seed), models: tried, team })
await team.close()
process.stdout.write(
  `seed ${options.seed}, ${options.tables} tables: ${found === 0 ? 'nothing found' : `${found} findings`}\n`,
)
process.exit(found === 0 ? 0 : 1)
