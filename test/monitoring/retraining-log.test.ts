// Retrainings from the log: what was predicted and came true becomes two data sets, of which the newest rows judge the challenger.
import { join } from 'node:path'
import t from 'tap'
import { ERASURE_LOCKS, lockCall } from '../../src/database/lock-kinds.ts'
import { createOwnDatabase } from '../support/database.ts'
import {
  activeIn,
  approve,
  deployNoise,
  type KindRow,
  kindRows,
  linesOf,
  logKinds,
  predictKinds,
  retrainingIn,
} from '../support/retraining.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createOwnDatabase(t)
for (const name of ['gaussian_naive_bayes', 'ml_naive_bayes_classifier']) await database.registerModel(name)
const client = await startTestService(t, {
  DATABASE_URL: database.url,
  MODELS_DIR: join(import.meta.dirname, '../../statistical'),
  REVIEW_SELF: 'allow',
})
const { get, post, put } = client

const predict = (name: string, rows: readonly KindRow[]) => predictKinds(client, database, name, rows)
const retrain = async (name: string, said: object) =>
  (await post(`/api/projects/${name}/retrainings`, { data: 'log', log_rows_min: 100, ...said })).body

/** The predictions of both data sets of a retraining, in their order of time. */
async function idsOf({ dataset_id: rows, log }: { dataset_id: number; log: { held_back_dataset_id: number } }) {
  const idsIn = async (id: number) => (await linesOf(client, id)).map((row) => row['prediction_id'] as string).sort()
  return { learnt: await idsIn(rows), heldBack: await idsIn(log.held_back_dataset_id) }
}

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
  const { learnt, heldBack } = await idsOf(done)
  t.same(heldBack, ids.toSorted().slice(300), 'the newest are held back')
  t.same(learnt, ids.toSorted().slice(0, 300), 'all others are learnt')
  const { rows: told } = await database.owner.query(
    `select data->>'state' as state from ml_worker.notices where notice_type = 'retraining.changed' order by notice_id`,
  )
  t.same(
    told.map(({ state }) => state),
    ['collecting', 'training', 'judging', 'reviewing', 'ended'],
  )
})

t.test('rows that stand for differently many predictions have weights, where the model takes them', async (t) => {
  for (const [name, modelName, weights] of [
    ['weighted', 'gaussian_naive_bayes', 'used'],
    ['unweighted', 'ml_naive_bayes_classifier', 'not_used'],
  ] as const) {
    const projectId = await deployNoise(client, name, { model_name: modelName })
    await put(`/api/projects/${name}/monitoring`, { log: 'all', outcome_days: 0 })
    const place = { name, projectId }
    const rows = kindRows(200, 7, 0.2)
    await logKinds(client, database, place, rows.slice(0, 100), { until: Date.now() - 3_600_000, weight: 10 })
    await logKinds(client, database, place, rows.slice(100))
    const done = await retrainingIn(client, name, (await retrain(name, {})).id)
    t.match(done, { challenger: 2, log: { rows: 160, held_back: 40, weights, weight_min: 1, weight_max: 10 } })
    const { request } = (await get(`/api/projects/${name}/versions/2`)).body
    t.equal(request.options.weights, weights === 'used' ? 'prediction.weight' : undefined)
    t.same(request.features, ['a', 'b'])
  }
})

t.test('one after the other, each takes what was predicted since the last that came to a challenger', async (t) => {
  const name = 'since'
  await deployNoise(client, name)
  await put(`/api/projects/${name}/monitoring`, { log: 'all', outcome_days: 0 })
  const rows = kindRows(400, 11, 0.2)
  const retrainSince = async (said: object = {}) => {
    const { id } = await retrain(name, { log_since_last: true, ...said })
    return retrainingIn(client, name, id)
  }
  const first = await predict(name, rows.slice(0, 160))
  const one = await retrainSince()
  t.match(one, { challenger: 2, log: { logged: 160, rows: 128, held_back: 32 } })

  const second = await predict(name, rows.slice(160, 240))
  const few = await retrainSince()
  t.match(few, { outcome: 'insufficient_data', challenger: undefined, finding: /^80 rows, and 100 are needed/ })
  const third = await predict(name, rows.slice(240))
  const two = await retrainSince()
  t.match(two, { challenger: 3, log: { from: one.log.to, logged: 240, rows: 192, held_back: 48 } })
  const [ofOne, ofTwo] = [await idsOf(one), await idsOf(two)]
  t.same([...ofOne.learnt, ...ofOne.heldBack], first.toSorted())
  t.same([...ofTwo.learnt, ...ofTwo.heldBack], [...second, ...third].sort(), 'what came to no challenger is still new')

  t.match(await retrainSince(), { outcome: 'insufficient_data', finding: /^0 rows, / })
  const all = await retrainSince({ log_since_last: false })
  t.match(all, { challenger: 4, log: { logged: 400 } })
})

t.test('too few rows end it, and what is no row is told', async (t) => {
  const name = 'few'
  const projectId = await deployNoise(client, name)
  await put(`/api/projects/${name}/monitoring`, { log: 'all', outcome_days: 0 })
  const rows = kindRows(120, 8, 0.2)
  await logKinds(client, database, { name, projectId }, rows)
  // Of a version whose artifact is gone.
  await database.owner.query(
    `insert into ml_worker.versions (project_id, version, run_id, request, dataset_id, dataset_sha256, metrics,
       artifact_sha256, artifact_bytes, created_at, created_by)
     select project_id, 9, 999999, request, dataset_id, dataset_sha256, metrics, artifact_sha256, artifact_bytes, now(), 'anyone'
     from ml_worker.versions where project_id = $1`,
    [projectId],
  )
  await database.owner.query('update ml_worker.predictions set version = 9 where project_id = $1 and features[1] > 1', [
    projectId,
  ])
  const goneCount = rows.filter(({ a }) => a > 1).length
  const done = await retrainingIn(client, name, (await retrain(name, { log_rows_min: 118 })).id)
  t.match(done, { outcome: 'insufficient_data', log: undefined, dataset_id: undefined })
  t.match(done.finding, `${120 - goneCount} rows, and 118 are needed; of 120 logged predictions of production 120 have`)
  t.match(done.finding, `left out: ${goneCount} whose version or key is gone`)
  t.same((await get(`/api/datasets?name=${name}.logged.rows`)).body.datasets, [])

  // What may still have its outcome is not taken: the log has nothing older.
  await put(`/api/projects/${name}/monitoring`, { log: 'off', outcome_days: 3 }, { 'if-match': '"1"' })
  const waiting = await retrainingIn(client, name, (await retrain(name, {})).id)
  t.match(waiting.finding, /^0 rows, .*\(outcome_days 3\); the project keeps no predictions now \(log off\)$/)
})

t.test('erased rows are in no data set, and an erasure that is asked meanwhile has them collected anew', async (t) => {
  const name = 'erased'
  const projectId = await deployNoise(client, name)
  await put(`/api/projects/${name}/monitoring`, { log: 'all', outcome_days: 0 })
  const rows = kindRows(200, 9, 0.2)
  await logKinds(client, database, { name, projectId }, rows)
  const erase = async (value: number) => {
    const { erasure_id: id } = (await post('/api/erasures', { column: 'a', value })).body
    await until(async () => (await get(`/api/erasures/${id}`)).body.state === 'done')
  }
  await erase(rows[0]?.a as number)
  // Somebody else's erasure goes on: its rows may still be there.
  const insert = `insert into ml_worker.erasures (column_name, state, requested_at, requested_by, erased, remaining,
    in_training, trained_on, undetermined) values ('b', $1, now(), 'anyone', '[]', '[]', '{}', '{}', '{}')
    returning erasure_id::int as id`
  const holder = await database.owner.connect()
  t.teardown(() => holder.release(true))
  await holder.query('begin')
  const { rows: others } = await holder.query(insert, ['running'])
  // By its lock the worker tells it from one whose process is gone.
  await holder.query(...lockCall('pg_advisory_lock', ERASURE_LOCKS, others[0].id))
  await holder.query('commit')
  const { id } = await retrain(name, {})
  const jobRuns = async () =>
    (
      await database.owner.query(
        `select count(*)::int as n from ml_jobs.job where name = 'retrainings' and state = 'completed'`,
      )
    ).rows[0].n
  const before = await jobRuns()
  await until(async () => (await jobRuns()) > before + 1)
  t.equal((await get(`/api/projects/${name}/retrainings/${id}`)).body.state, 'collecting')
  await database.owner.query("update ml_worker.erasures set state = 'interrupted' where state = 'running'")
  const done = await retrainingIn(client, name, id)
  t.match(done, { log: { logged: 199, rows: 159, held_back: 40 } })
  // In the data sets an erasure finds them as in any other.
  await erase(rows[1]?.a as number)
  await erase(rows[199]?.a as number)
  t.equal((await get(`/api/datasets/${done.dataset_id}`)).body.rows, 158)
  t.equal((await get(`/api/datasets/${done.log.held_back_dataset_id}`)).body.rows, 39)
})
