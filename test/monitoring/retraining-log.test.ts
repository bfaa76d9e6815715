// Retrainings from the log: what was predicted and came true becomes two data sets, of which the newest rows judge the challenger.
import { join } from 'node:path'
import pino from 'pino'
import t from 'tap'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { createTestDatabase } from '../support/database.ts'
import { activeIn, approve, deployNoise, kindRows, retrainingIn } from '../support/retraining.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createTestDatabase(t)
await migrateOwnSchema(database.url, { log: pino({ level: 'silent' }) })
for (const name of ['gaussian_naive_bayes', 'ml_naive_bayes_classifier']) await database.registerModel(name)
const client = await startTestService(t, {
  DATABASE_URL: database.url,
  MODELS_DIR: join(import.meta.dirname, '../../statistical'),
  REVIEW_SELF: 'allow',
})
const { get, post, put } = client

/** Predicts rows, tells what was true of them, and waits until the log has them; gives the ids. */
async function predict(name: string, rows: ReturnType<typeof kindRows>): Promise<string[]> {
  const features = rows.map(({ a, b }) => ({ a, b }))
  const { body } = await post(`/api/projects/${name}/predict`, { features })
  const ids: string[] = body.prediction_ids
  const outcomes = ids.map((prediction_id, i) => ({ prediction_id, outcome: rows[i]?.kind }))
  const { status } = await post(`/api/projects/${name}/outcomes`, outcomes)
  if (status !== 200) throw new Error(`outcomes: ${status}`)
  await until(async () => {
    const { rows: found } = await database.owner.query<{ n: number }>(
      'select count(*)::int as n from ml_worker.predictions where prediction_id = any($1)',
      [ids],
    )
    return found[0]?.n === ids.length
  })
  return ids
}

const retrain = async (name: string, said: object) =>
  (await post(`/api/projects/${name}/retrainings`, { data: 'log', log_rows_min: 100, ...said })).body

t.test('what was predicted and came true is learnt, judged, approved by a person, and deployed', async (t) => {
  await deployNoise(client, 'whole')
  await put('/api/projects/whole/monitoring', { log: 'all', outcome_days: 0 })
  await put('/api/projects/whole/retraining-policy', { promote: 'deploy', log_held_back: 0.25 })
  const ids = await predict('whole', kindRows(400, 2, 0.2))
  const begun = await retrain('whole', { log_rows_min: 400 })
  t.match(begun, { state: 'collecting', cause: 'demand' })
  const waiting = await retrainingIn(client, 'whole', begun.id, 'reviewing')
  t.match(waiting, {
    state: 'reviewing',
    champion: 1,
    challenger: 2,
    log: {
      logged: 400,
      rows: 300,
      held_back: 100,
      columns_of: 1,
      versions: [1],
      left_out: [],
      unseen: 0,
      new_classes: 0,
      weights: 'equal',
      weight_min: 1,
    },
    comparison: { rows: 100, metric: 'accuracy', verdict: 'better' },
    finding: /^version 2 beats version 1: accuracy differs by 0\.\d+ \(p .*, 100 rows\)$/,
  })
  t.equal(await activeIn(client, 'whole'), 1)
  t.equal((await post('/api/projects/whole/retrainings', {})).body.code, 'RETRAINING_UNDER_WAY')

  await approve(client, 'whole', 2)
  const done = await retrainingIn(client, 'whole', begun.id)
  t.match(done, { outcome: 'promoted', finding: /; version 2 is deployed in production, as deployment \d+$/ })
  t.same([done.comparison, done.log], [waiting.comparison, waiting.log])
  await until(async () => (await activeIn(client, 'whole')) === 2)

  const version = (await get('/api/projects/whole/versions/2')).body
  t.match(version, { dataset: { id: done.dataset_id, name: 'whole.logged.rows', version: 1 } })
  const dataset = (await get(`/api/datasets/${done.dataset_id}`)).body
  t.match(dataset, { rows: 300, format: 'ndjson', labels: ['kind'] })
  t.match(
    dataset.description,
    /^Retraining \d+ of project whole: predictions of production with their outcomes, from .* to .*; 300 of 400 rows, to learn from, out of 400 logged predictions by version 1, in the columns of version 1; a row stands for 1 predictions, a sample rate of 1$/,
  )
  const linesOf = async (id: number) =>
    String((await get(`/api/datasets/${id}/content`)).body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  const [learnt, heldBack] = [await linesOf(done.dataset_id), await linesOf(done.log.held_back_dataset_id)]
  const idOf = (row: Record<string, unknown>) => row['prediction_id'] as string
  t.same(heldBack.map(idOf).sort(), ids.toSorted().slice(300), 'the newest are held back')
  t.same(learnt.map(idOf).sort(), ids.toSorted().slice(0, 300), 'all others are learnt')
})
