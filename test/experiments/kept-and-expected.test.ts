// What is kept of a concluded experiment, and what a draft expects of the traffic: both out of the tables.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { keptExperimentRows } from '../../src/experiments/retention.ts'
import { startGuardedService } from '../support/access.ts'
import { experimentProject, startExperiment, twoArms } from '../support/experiments.ts'

const { database, admin } = await startGuardedService(t, ['forest', 'majority'], { REVIEW_SELF: 'allow' })
const { owner } = database
const { path, deployment } = await experimentProject(admin, 'kinds')

const countRows = async (id: number) => {
  const { rows } = await owner.query(
    `select (select count(*)::int from ml_worker.experiment_rows where experiment_id = $1) as rows,
       (select count(*)::int from ml_worker.experiment_units where experiment_id = $1) as units`,
    [id],
  )
  return rows[0]
}

/** Of so many keys, a day ago. */
async function insertTraffic(id: number, count: number): Promise<void> {
  await owner.query(
    `insert into ml_worker.experiment_units (experiment_id, phase, unit, arm, exposed_at)
     select $1, 1, decode(md5(i::text), 'hex'), i % 2, now() - interval '200 days' from generate_series(1, $2::integer) i`,
    [id, count],
  )
  await owner.query(
    `insert into ml_worker.experiment_rows
       (experiment_id, predicted_at, prediction_id, phase, unit, arm, answers, milliseconds)
     select $1, now() - interval '200 days', gen_random_uuid(), 1, decode(md5(i::text), 'hex'), i % 2, '{a,b}', 1
     from generate_series(1, $2::integer) i`,
    [id, count],
  )
}

t.test('rows and keys go some days after the conclusion, however old they are; the experiment stays', async (t) => {
  const [old, recent] = [
    await startExperiment(admin, path, twoArms('old', { environment: 'production' })),
    (await admin.post(path, twoArms('recent'))).body.id,
  ]
  await admin.post(`${path}/${old}/stop`, { reason: 'x' })
  await admin.post(`${path}/${recent}/start`, {})
  for (const id of [old, recent]) await insertTraffic(id, 30)
  const kinds = keptExperimentRows(owner, 90)
  const { signal } = new AbortController()
  const due = async () => Promise.all(kinds.map((kind) => kind.countOld(signal)))
  const remove = async () => Promise.all(kinds.map((kind) => kind.deleteOld(signal)))
  t.same(await due(), [0, 0], 'one that runs keeps all, and one that was concluded just now')
  t.same(await remove(), [0, 0])
  await owner.query(
    `update ml_worker.experiments set concluded_at = now() - interval '91 days' where experiment_id = $1`,
    [old],
  )
  t.same(await due(), [30, 30])
  t.same(await remove(), [30, 30])
  t.same(await countRows(old), { rows: 0, units: 0 })
  t.same(await countRows(recent), { rows: 30, units: 30 })
  t.match((await admin.get(`${path}/${old}`)).body, { outcome: 'stopped_by_user' })
  await admin.post(`${path}/${recent}/stop`, { reason: 'x' })
})

t.test('a draft expects that requests go on as they came, and says what else it takes for granted', async (t) => {
  // 2,400 rows a day over three days, and some of another environment's time.
  await owner.query(
    `insert into ml_worker.cell_counts (deployment_id, version, hour, process_id, row_count, counts)
     select $1, 1, date_trunc('hour', now()) - make_interval(hours => i), $2, 100, '{}' from generate_series(1, 72) i`,
    [deployment, randomUUID()],
  )
  const expected = async (more: object) => (await admin.post(path, twoArms(randomUUID(), more))).body.expectation
  const split = await expected({})
  t.ok(split.rows_per_day > 2_300 && split.rows_per_day <= 2_400, String(split.rows_per_day))
  t.ok(Math.abs(split.days_observed - 3) < 0.1)
  t.match(split, { metric: 'accuracy', coverage: 1, base_value: 0.9, is_long_enough: true })
  t.ok(Math.abs(split.days_to_min_sample - 1_000 / (split.rows_per_day / 2)) < 1e-9)
  t.equal(split.assumptions.length, 3)
  const paired = await expected({ mode: 'shadow' })
  t.ok(Math.abs(paired.days_to_min_sample - 1_000 / paired.rows_per_day) < 1e-9, 'every row is a pair')
  t.ok(paired.smallest_effect < split.smallest_effect, 'pairs find smaller differences')
  t.ok(split.smallest_effect > 0 && split.smallest_effect < 0.1)
  const short = await expected({ max_duration_days: 0.5 })
  t.match(short, { is_long_enough: false })
  t.notOk('smallest_effect' in short)
  const elsewhere = await expected({ environment: 'staging' })
  t.match(elsewhere, { rows_per_day: 0, days_observed: 0, is_long_enough: false })
  t.notOk('days_to_min_sample' in elsewhere)
})
