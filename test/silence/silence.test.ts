import t from 'tap'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { Random } from '../../src/learning/random.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import { randomTable, TABLE_KINDS } from './random-table.ts'
import { tryModel } from './try-model.ts'

// npm run test:silence tries a thousand tables.
const TABLES = 30

t.test('no model class answers wrongly in silence', async (t) => {
  const team = new ThreadTeam(1)
  t.teardown(() => team.close())
  const { models } = await discoverModels('statistical')
  const open = models.filter(({ model }) => model.feature_names === '*')
  t.ok(open.length > 15)
  for (let i = 0; i < TABLES; i++) {
    const kind = TABLE_KINDS[i % TABLE_KINDS.length] ?? 'plain'
    const table = randomTable(kind, new Random(7, i))
    for (const { model } of open) {
      const what = `${model.name} on table ${i}, ${kind}`
      await t.resolves(tryModel(model, table, team), what)
    }
  }
})
