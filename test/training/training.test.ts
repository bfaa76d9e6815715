// Trainings from the request to the row, through real HTTP, in real trainer processes.
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readArtifactHeader } from '../../src/model/artifact.ts'
import { startTestService } from '../support/service.ts'
import { good, startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const { database, trainToEnd, linesOf, train, predict, post, logged, dataDir } = await startTrainingService(t, [
  'majority',
  'forest',
  'held_open',
])

t.test('accepts a training at once, and ends it in SUCCESS with an artifact and its metrics', async (t) => {
  const run = await database.insertRun('majority')
  const answer = await train('majority', run, { ...good, parameters: { smoothing: 1 } })
  t.equal(answer.status, 200)
  t.same(answer.body, { status: 'accepted', model_name: 'majority', model_run_id: run, warnings: [] })
  t.equal(await database.ended(run), 'SUCCESS')
  const { run_result } = await database.run(run)
  t.match(readArtifactHeader(run_result as Buffer), {
    model_name: 'majority',
    feature_names: ['a'],
    label_names: ['y'],
  })
  const metrics = await database.metrics(run)
  t.equal(metrics['training_rows'], '3')
  t.ok(Number(metrics['training_seconds']) >= 0)
  t.equal(Number(metrics['accuracy']), 2 / 3)
  t.equal(metrics['support.p'], '2')
  t.equal(metrics['support.q'], '1')
  t.notOk('error_code' in metrics)
  t.notOk(Object.keys(metrics).some((name) => name.startsWith('validation_')))
  const { body } = await predict(run, { features: [{ a: 9 }] }, '&probabilities=true')
  t.match(body, { model_run_id: run, status: 'success', predictions: [{ y: 'p' }] })
  t.same(body.probabilities, [{ y: { p: 3 / 5, q: 2 / 5 } }], 'the parameters reached the fit')
})

t.test('leaves nothing in the spool when all trainings have ended', async (t) => {
  await trainToEnd('majority', good)
  await until(async () => (await readdir(join(dataDir, 'spool'))).length === 0)
  t.pass()
})

t.test('holds out rows for validation, stratified, and the same ones for the same body', async (t) => {
  const body = {
    features: Array.from({ length: 50 }, (_, a) => ({ a })),
    labels: Array.from({ length: 50 }, (_, i) => ({ y: i % 5 === 0 ? 'rare' : 'common' })),
    validation_split: 0.2,
    parameters: { n_estimators: 3 },
  }
  const [first, second] = [await trainToEnd('forest', body), await trainToEnd('forest', body)]
  const [metrics, again] = [await database.metrics(first.run), await database.metrics(second.run)]
  t.match(metrics, {
    training_rows: '40',
    'support.common': '32',
    'support.rare': '8',
    validation_rows: '10',
    'validation_support.common': '8',
    'validation_support.rare': '2',
  })
  t.ok('validation_accuracy' in metrics)
  const without = ({ training_seconds: _, ...rest }: Record<string, string>) => rest
  t.same(without(again), without(metrics))
})

t.test('trains once when the same body comes several times', async (t) => {
  const open = join(dataDir, 'open-once')
  const run = await database.insertRun('held_open')
  const body = { ...good, parameters: { until_exists: open } }
  const answers = await Promise.all([train('held_open', run, body), train('held_open', run, body)])
  t.same(
    answers.map(({ status }) => status),
    [200, 200],
  )
  t.equal((await train('held_open', run, body)).status, 200)
  await writeFile(open, '')
  t.equal(await database.ended(run), 'SUCCESS')
  t.equal(linesOf(run, 'training begins').length, 1)
  const { rows } = await database.owner.query(
    `select count(*)::int as n from model_run_metrics where model_run_id = $1 and metric_name = 'accuracy'`,
    [run],
  )
  t.equal(rows[0].n, 1)
})

t.test('trains one run at a time, in the order of their acceptance', async (t) => {
  const open = join(dataDir, 'open-order')
  const first = await database.insertRun('held_open')
  const others = await Promise.all([1, 2, 3].map(() => database.insertRun('majority')))
  await train('held_open', first, { ...good, parameters: { until_exists: open } })
  for (const run of others.toReversed()) t.equal((await train('majority', run, good)).status, 200)
  await until(async () => (await database.run(first)).run_status === 'RUNNING')
  for (const run of others) t.equal((await database.run(run)).run_status, 'PENDING')
  await writeFile(open, '')
  for (const run of others) t.equal(await database.ended(run), 'SUCCESS')
  const runs = [first, ...others]
  await until(() => runs.every((run) => linesOf(run, 'training succeeded').length > 0))
  const events = logged
    .filter((line) => runs.includes(line['runId'] as number))
    .filter(({ msg }) => msg === 'training begins' || msg === 'training succeeded')
    .map(({ runId, msg }) => [runId, msg])
  const expected = [first, ...others.toReversed()].flatMap((run) => [
    [run, 'training begins'],
    [run, 'training succeeded'],
  ])
  t.same(events, expected)
})

t.test('makes the row of a run itself when it is asked to', async (t) => {
  const { status, body } = await post('/api/runs', { model_name: 'majority', ...good })
  t.equal(status, 201)
  t.match(body, { status: 'accepted', model_name: 'majority', model_run_id: Number })
  t.equal(await database.ended(body.model_run_id), 'SUCCESS')
})

t.test('a run that is taken away while it is in training is dropped, and the next one works', async (t) => {
  const open = join(dataDir, 'open-deleted')
  const run = await database.insertRun('held_open')
  await train('held_open', run, { ...good, parameters: { until_exists: open } })
  await until(async () => (await database.run(run)).run_status === 'RUNNING')
  await database.owner.query('delete from model_runs where id = $1', [run])
  await writeFile(open, '')
  t.equal((await trainToEnd('majority', good)).status, 'SUCCESS')
})

t.test('a run that was ended by somebody else while it was in training keeps that end', async (t) => {
  const open = join(dataDir, 'open-ended')
  const run = await database.insertRun('held_open')
  await train('held_open', run, { ...good, parameters: { until_exists: open } })
  await until(async () => (await database.run(run)).run_status === 'RUNNING')
  await database.owner.query(`update model_runs set run_status = 'FAILED' where id = $1`, [run])
  await writeFile(open, '')
  t.equal((await trainToEnd('majority', good)).status, 'SUCCESS')
  t.same(await database.run(run), { run_status: 'FAILED', run_result: null })
  t.same(await database.metrics(run), {})
})

t.test('the same body gives the same artifact, whatever the number of threads', async (t) => {
  const threaded = await startTestService(t, { DATABASE_URL: database.url, TRAIN_THREADS: 2 })
  const rows = Array.from({ length: 300 }, (_, i) => ({ a: (i * 7919) % 101, b: (i * 104729) % 103, c: `k${i % 7}` }))
  for (const parameters of [{}, { random_state: 42 }]) {
    const body = { features: rows, labels: rows.map(({ a, b }) => ({ y: a > b ? 'more' : 'less' })), parameters }
    const one = await trainToEnd('forest', body)
    const other = await database.insertRun('forest')
    await threaded.train('forest', other, body)
    t.equal(await database.ended(other), 'SUCCESS')
    const [bytes, otherBytes] = [(await database.run(one.run)).run_result, (await database.run(other)).run_result]
    t.ok((bytes as Buffer).length > 1000)
    t.ok((bytes as Buffer).equals(otherBytes as Buffer))
  }
})
