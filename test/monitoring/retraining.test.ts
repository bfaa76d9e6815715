// From what is deployed to what takes its place: a challenger is trained, compared on rows that neither has seen, and promoted
// where it is better. Every step is done by jobs, so that it goes on wherever a worker was killed.
import { join } from 'node:path'
import pino from 'pino'
import t from 'tap'
import type { Signal } from '../../src/alerts/signals.ts'
import { inTransaction } from '../../src/database/pool.ts'
import { Beginnings } from '../../src/monitoring/retraining/beginnings.ts'
import { Retrainings } from '../../src/monitoring/retraining/retrainings.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deployNoise, kindCsv, retrainingIn, upload as uploadTo } from '../support/retraining.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createOwnDatabase(t)
await database.registerModel('gaussian_naive_bayes')
const client = await startTestService(t, {
  DATABASE_URL: database.url,
  MODELS_DIR: join(import.meta.dirname, '../../statistical'),
})
const { get, post, put } = client

const upload = (name: string, rows: string) => uploadTo(client, name, rows)
const deployed = (name: string, members: object = {}) => deployNoise(client, name, members)
const newest = async (name: string) => (await get(`/api/projects/${name}/retrainings?limit=1`)).body.retrainings[0]
const ended = (name: string, id: number) => retrainingIn(client, name, id)

t.test('a better challenger has its review requested; one that is no better changes nothing', async (t) => {
  await deployed('reviewed')
  await upload('reviewed', kindCsv(400, 2, 0.2))
  await upload('recent', kindCsv(300, 3, 0.2))
  await put('/api/projects/reviewed/retraining-policy', { evaluation_dataset: 'recent' })
  const { status, body } = await post('/api/projects/reviewed/retrainings', { note: 'better rows' })
  t.equal(status, 202)
  t.match(body, { cause: 'demand', state: 'training', environment: 'production', note: 'better rows' })
  const again = await post('/api/projects/reviewed/retrainings', {})
  t.match(again.body, { status: 409, code: 'RETRAINING_UNDER_WAY' })
  const done = await ended('reviewed', body.id)
  t.match(done, {
    outcome: 'promoted',
    champion: 1,
    challenger: 2,
    comparison: { metric: 'accuracy', rows: 300, verdict: 'better' },
    finding:
      /^version 2 beats version 1: accuracy differs by 0\.\d+ \(p .*, 300 rows\); the review of version 2 is pending$/,
  })
  t.match((await get('/api/projects/reviewed/reviews?state=pending')).body, { reviews: [{ version: 2 }] })
  t.equal((await get('/api/projects/reviewed/environments/production/current')).body.version, 1)

  await post('/api/projects/reviewed/versions/2/reviews', { decision: 'approved' })
  await post('/api/projects/reviewed/environments/production/deployments', { version: 2 })
  await until(async () => (await get('/api/projects/reviewed/environments/production/current')).body.version === 2)
  const second = (await post('/api/projects/reviewed/retrainings', {})).body
  t.match(await ended('reviewed', second.id), {
    outcome: 'kept',
    champion: 2,
    challenger: 3,
    finding: /^version 3 is not shown to be better than version 2/,
  })
  const { retrainings } = (await get('/api/projects/reviewed/retrainings')).body
  t.same(
    retrainings.map(({ id }: { id: number }) => id),
    [second.id, body.id],
  )
})

t.test('where the policies say so, a better challenger is approved and deployed', async (t) => {
  const review = { mode: 'automatic', metric: 'validation_accuracy', at_least: 0.8, request: 'on_demand' }
  await deployed('automatic', { review })
  await upload('automatic', kindCsv(400, 4, 0.2))
  await upload('judged', kindCsv(300, 5, 0.2))
  await put('/api/projects/automatic/retraining-policy', { evaluation_dataset: 'judged', promote: 'deploy' })
  const { id } = (await post('/api/projects/automatic/retrainings', {})).body
  t.match(await ended('automatic', id), {
    outcome: 'promoted',
    finding: /version 2 is deployed in production, as deployment \d+$/,
  })
  await until(async () => (await get('/api/projects/automatic/environments/production/current')).body.version === 2)
})

t.test('without rows to judge on a person decides, and without a champion the first one goes to review', async (t) => {
  await deployed('alone')
  await upload('alone', kindCsv(200, 6, 0.2))
  const { id } = (await post('/api/projects/alone/retrainings', {})).body
  t.match(await ended('alone', id), { outcome: 'not_comparable', champion: 1, finding: /held out other rows/ })
  // The challenger has learnt what it is to be judged on.
  await put('/api/projects/alone/retraining-policy', { evaluation_dataset: 'alone' })
  const learnt = (await post('/api/projects/alone/retrainings', {})).body
  t.match(await ended('alone', learnt.id), { outcome: 'not_comparable', finding: /trained on rows of data set/ })
  const first = (await post('/api/projects/alone/retrainings', { environment: 'staging' })).body
  t.match(await ended('alone', first.id), { outcome: 'promoted', finding: /^nothing is active in staging/ })
})

t.test('a training that is refused ends its retraining, and what is not there is named', async (t) => {
  await deployed('failing')
  const other = await post('/api/datasets?name=other', 'a,b\n1,2\n2,3\n', { 'content-type': 'text/csv' })
  const { id } = (await post('/api/projects/failing/retrainings', { dataset_id: other.body.id })).body
  t.match(await ended('failing', id), { outcome: 'failed', finding: 'the training was refused: REQUEST_INVALID' })
  t.equal((await post('/api/projects/failing/retrainings', { dataset_id: 999_999 })).body.code, 'DATASET_UNKNOWN')
  t.equal((await get('/api/projects/failing/retrainings/999')).body.code, 'RETRAINING_UNKNOWN')
})

t.test(
  'what looks tell suggests a retraining, which is accepted or dismissed; then it is quiet for a while',
  async (t) => {
    await deployed('told')
    const { id: projectId } = (await get('/api/projects/told')).body
    const policy = { on: ['drift'], severity: 'medium', bad_windows: 2, of_windows: 3, cooldown_days: 1 }
    await put('/api/projects/told/retraining-policy', policy)
    const pool = database.owner
    const log = pino({ level: 'silent' })
    const ownSchema = { pool } as never
    const now = () => new Date()
    const audit = { append: async () => 0 } as never
    const notices = { append: async () => {} }
    const retrainings = new Retrainings({
      ownSchema,
      audit,
      notices,
      projects: {} as never,
      dataSets: {} as never,
      now,
    })
    const heard: Signal[] = []
    const alerts = { tell: async (_: unknown, signal: Signal) => void heard.push(signal) }
    const beginnings = new Beginnings({ ownSchema, retrainings, log, now }, alerts)
    const tell = (day: number, said: Partial<Signal>) => {
      const window = { from: new Date(Date.UTC(2026, 0, day)), to: new Date(Date.UTC(2026, 0, day + 1)) }
      const about = {
        kind: 'drift',
        projectId,
        environment: 'production',
        version: 1,
        severity: 'high',
        details: {},
      } as const
      return inTransaction(pool, (tx) => beginnings.tell(tx, { ...about, window, verdict: 'bad', ...said }))
    }
    await tell(1, {})
    await tell(1, {})
    await tell(2, { verdict: 'good', severity: undefined })
    await tell(3, { severity: 'low' })
    await tell(4, { kind: 'performance' })
    await tell(5, { environment: 'staging' })
    await tell(6, { verdict: 'insufficient_data' })
    t.equal(heard.length, 7, 'the alerts hear of all of them')
    t.equal(await newest('told'), undefined, 'one bad window of three, told twice, is not enough')
    await tell(7, {})
    await tell(8, {})
    const suggested = await newest('told')
    t.match(suggested, { cause: 'drift', state: 'suggested', requested_by: 'policy/told' })
    t.match(suggested.note, /drift was medium or graver in 2 of the last 3 windows/)
    const path = `/api/projects/told/retrainings/${suggested.id}/dismiss`
    t.match((await post(path, { note: 'a holiday' })).body, {
      state: 'ended',
      outcome: 'dismissed',
      finding: 'a holiday',
    })
    t.equal((await post(path, {})).body.code, 'RETRAINING_UNDER_WAY')
    await tell(9, {})
    await tell(10, {})
    const second = await newest('told')
    t.equal(second.state, 'suggested')
    const accepted = (await post('/api/projects/told/retrainings', { note: 'now' })).body
    t.match(accepted, { id: second.id, state: 'training', cause: 'drift', note: 'now' })
    t.equal((await ended('told', second.id)).outcome, 'kept')
    for (const day of [11, 12, 13]) await tell(day, {})
    t.equal((await newest('told')).id, second.id, 'nothing begins within the cooldown')
  },
)

t.test('a schedule begins a retraining once, and is due again', async (t) => {
  await deployed('timed')
  const put1 = await put('/api/projects/timed/retraining-policy', {
    cron: '0 3 * * 1',
    mode: 'automatic',
    cooldown_days: 0,
  })
  t.match(put1.body, { revision: 1, cron: '0 3 * * 1', next_due_at: /T03:00:00\.000Z$/ })
  t.equal(new Date(put1.body.next_due_at).getUTCDay(), 1)
  await database.owner.query("update ml_worker.retraining_policies set next_due_at = now() - interval '1 hour'")
  await until(async () => (await newest('timed')) !== undefined)
  const { id } = await newest('timed')
  t.match(await ended('timed', id), { cause: 'schedule', requested_by: 'policy/timed' })
  const { body } = await get('/api/projects/timed/retraining-policy')
  t.equal(body.next_due_at, put1.body.next_due_at)
  t.equal((await get('/api/projects/timed/retrainings')).body.retrainings.length, 1)
})

t.test('what a killed worker left in any state goes on, and trains once', async (t) => {
  await deployed('killed')
  const { id: projectId } = (await get('/api/projects/killed')).body
  const insert = async (state: string, challenger: number | null): Promise<number> => {
    const { rows } = await database.owner.query(
      `insert into ml_worker.retrainings (project_id, environment, cause, policy, state, challenger, requested_at,
         requested_by, changed_at)
       select $1, 'production', 'demand', policy, $2, $3, now(), 'anyone', now() from ml_worker.retrainings limit 1
       returning retraining_id::int as id`,
      [projectId, state, challenger],
    )
    return rows[0].id
  }
  const begun = await ended('killed', await insert('training', null))
  t.equal(begun.challenger, 2)
  t.equal((await get('/api/projects/killed/trainings')).body.trainings.length, 2)
  t.match(await ended('killed', await insert('judging', 2)), { outcome: 'kept', challenger: 2 })
})

t.test('every fault of a policy is named, and a change needs its revision', async (t) => {
  await deployed('faulty')
  const path = '/api/projects/faulty/retraining-policy'
  t.match((await get(path)).body, {
    revision: 0,
    mode: 'suggest',
    on: [],
    promote: 'review',
    cooldown_days: 7,
    review_days: 30,
  })
  const wrong = { mode: 'never', cron: 'at noon', on: ['rain'], bad_windows: 0, speed: 1 }
  const { body } = await put(path, wrong)
  t.same(body.errors.map(({ parameter }: { parameter: string }) => parameter).toSorted(), [
    'bad_windows',
    'cron',
    'mode',
    'on.0',
    'speed',
  ])
  for (const [members, parameter] of [
    [{ cron: '0 0 30 2 *' }, 'cron'],
    [{ cron: '0 0 0 * * *' }, 'cron'],
    [{ cron: '61 * * * *' }, 'cron'],
    [{ bad_windows: 3, of_windows: 2 }, 'bad_windows'],
    [{ data: 'rain' }, 'data'],
    [{ data: 'log', evaluation_dataset: 'recent' }, 'evaluation_dataset'],
    [{ review_days: 0 }, 'review_days'],
    [{ log_days: 0 }, 'log_days'],
    [{ log_rows_min: 49 }, 'log_rows_min'],
    [{ log_held_back: 0.6 }, 'log_held_back'],
    [{ log_since_last: 'yes' }, 'log_since_last'],
  ] as const) {
    const { body } = await put(path, members)
    t.match(body, { code: 'REQUEST_INVALID', errors: [{ parameter }] }, JSON.stringify(members))
  }
  const refused = await post('/api/projects/faulty/retrainings', { data: 'log', dataset_id: 1, log_days: 0 })
  t.match(refused.body, { code: 'REQUEST_INVALID' })
  const both = await post('/api/projects/faulty/retrainings', { log_days: 3, log_held_back: 0.1 })
  t.same(both.body.errors.map(({ parameter }: { parameter: string }) => parameter).toSorted(), [
    'log_days',
    'log_held_back',
  ])
  const { status, headers } = await put(path, { on: ['performance'] })
  t.equal(status, 200)
  t.equal(headers.get('etag'), '"1"')
  t.equal((await put(path, {})).body.code, 'PRECONDITION_REQUIRED')
  t.match((await put(path, { review_days: 7 }, { 'if-match': '"1"' })).body, { revision: 2, on: [], review_days: 7 })
  t.equal((await put(path, {}, { 'if-match': '"1"' })).body.code, 'PRECONDITION_FAILED')
})
