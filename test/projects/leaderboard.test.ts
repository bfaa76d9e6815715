// The leaderboard over HTTP: by which metric it goes, which versions it ranks against each other, and what it warns of.
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const ROWS = Array.from({ length: 60 }, (_, i) => ({
  a: (i * 31) % 17,
  b: (i * 7) % 5,
  kind: i % 11 < 6 ? 'lo' : 'hi',
}))
const CSV = `a,b,kind\n${ROWS.map(({ a, b, kind }) => `${a},${b},${kind}\n`).join('')}`

const database = await createOwnDatabase(t)
for (const model of ['forest', 'one_cluster']) await database.registerModel(model)
const { get, post, request } = await startTestService(t, { DATABASE_URL: database.url })
await post('/api/datasets?name=kinds&labels=kind', CSV, { 'content-type': 'text/csv' })

async function trained(members: unknown, name = 'kinds') {
  const { status, body } = await post(`/api/projects/${name}/versions`, members)
  t.equal(status, 202, JSON.stringify(body))
  const ended = async () => (await get(`/api/projects/${name}/trainings?limit=1`)).body.trainings[0]
  await until(async () => (await ended()).state !== 'training')
  t.match(await ended(), { state: 'succeeded' })
}
interface Entry {
  readonly rank: number
  readonly version: number
  readonly rows: number
  readonly rows_group: number
}
const boardBy = async (metric?: string) =>
  (await get(`/api/projects/kinds/leaderboard${metric === undefined ? '' : `?metric=${metric}`}`)).body
const codesOf = ({ warnings }: { warnings: { code: string }[] }) => warnings.map(({ code }) => code)

const parameters = { n_estimators: 5, random_state: 1 }
await post('/api/projects', { name: 'kinds', model_name: 'forest', dataset_name: 'kinds', parameters })

t.test('what versions have learnt by heart is told', async (t) => {
  await trained({})
  const board = await boardBy()
  t.match(board, { metric: 'accuracy', warnings: [{ code: 'TRAINING_ROWS', message: /validation_split/ }] })
  t.same(codesOf(await boardBy('training_seconds')), [], 'that is of no rows')
})

t.test('rows that were not learnt from go before those that were, and who was not judged so is left out', async (t) => {
  await trained({ cross_validation: 3 })
  t.match(await boardBy(), {
    metric: 'cv_accuracy',
    entries: [{ version: 2 }],
    warnings: [{ code: 'METRIC_ABSENT', message: '1 of 2 versions have no cv_accuracy and are left out' }],
  })
  t.match(await boardBy('log_loss'), { metric: 'cv_log_loss', lower_is_better: true })
  await trained({ validation_split: 0.25 })
  t.match(await boardBy(), { metric: 'validation_accuracy', entries: [{ version: 3 }] })
  t.match(await boardBy('log_loss'), { metric: 'validation_log_loss', lower_is_better: true })
  t.match(await boardBy('cv_log_loss'), { metric: 'cv_log_loss', entries: [{ version: 2 }] }, 'as it is asked for')
  const changed = await request('PATCH', '/api/projects/kinds', { metric: 'log_loss' }, { 'if-match': '"1"' })
  t.equal(changed.status, 200)
  t.match(await boardBy(), { metric: 'validation_log_loss' }, 'the metric of the project')
})

t.test('versions that were judged on other rows are not ranked against each other', async (t) => {
  const draws = { validation_split: 0.25, parameters: { n_estimators: 1, max_depth: 1 } }
  await trained(draws)
  await trained({ ...draws, description: 'the same again' })
  await trained({ ...draws, split_seed: 9 })
  const board = await boardBy('accuracy')
  const ranksIn = (group: number) =>
    board.entries.filter((entry: Entry) => entry.rows_group === group).map(({ rank }: Entry) => rank)
  const groupOf = (wanted: number) => board.entries.find(({ version }: Entry) => version === wanted)?.rows_group
  t.same([4, 5].map(groupOf), [groupOf(3), groupOf(3)])
  t.not(groupOf(6), groupOf(3))
  t.same(ranksIn(groupOf(6)), [1])
  const [best, second, third] = ranksIn(groupOf(3))
  t.equal(best, 1)
  t.ok((second === 1 && third === 3) || (second === 2 && third === 2), 'equal values have the same rank')
  t.ok(board.entries.every(({ rows, rows_group }: Entry) => rows === rows_group))
  t.same(codesOf(board), ['METRIC_ABSENT', 'ROWS_DIFFER'])
})

t.test('without labels nothing is better, and what there is to sort by is named', async (t) => {
  await post('/api/datasets?name=points', 'a,b\n1,2\n3,4\n', { 'content-type': 'text/csv' })
  await post('/api/projects', { name: 'groups', model_name: 'one_cluster', dataset_name: 'points' })
  const path = '/api/projects/groups/leaderboard'
  const faultOf = async () => (await get(path)).body.errors[0]
  t.match(await faultOf(), { in: 'query', parameter: 'metric', detail: 'missing: no version has metrics yet' })
  await trained({}, 'groups')
  t.match(await faultOf(), { detail: /^missing: without labels there is nothing .* say which: .*cluster_count/ })
  t.match((await get(`${path}?metric=cluster_count`)).body, { entries: [{ version: 1, value: 1 }] })
})
