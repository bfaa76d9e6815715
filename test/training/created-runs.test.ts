// POST /api/runs while others ask for the run that it is about to make, while the queue fills, and where it cannot be made.
import t from 'tap'
import { gate, heldBy, openGate, spoolNames } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { good, startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const service = await startTrainingService(t, ['forest', 'held_open', 'majority'])
const { database, post, get, train, dataDir } = service
const create = (model: string, body: object = good) => post('/api/runs', { model_name: model, ...body })

t.test('a train call for the id that is about to be given does not get the run', async (t) => {
  const mine = { ...good, parameters: { n_estimators: 2 } }
  const theirs = { ...good, parameters: { n_estimators: 3 } }
  const { body: first } = await create('forest', mine)
  let last = first.model_run_id as number
  for (let round = 0; round < 15; round++) {
    let isMade = false
    const overtake = async (runId: number): Promise<number[]> => {
      const statuses: number[] = []
      while (!isMade) statuses.push((await train('forest', runId, theirs)).status)
      return statuses
    }
    const others = [1, 2].map((ahead) => overtake(last + ahead))
    const { status, body } = await create('forest', mine)
    isMade = true
    t.equal(status, 201)
    last = body.model_run_id
    for (const statuses of await Promise.all(others)) t.notOk(statuses.includes(200), `${statuses}`)
    t.equal(await database.ended(last), 'SUCCESS')
    t.match((await get(`/api/runs/${last}`)).body.parameters, { n_estimators: 2 })
  }
  await until(async () => (await spoolNames(dataDir)).length === 0)
})

t.test(
  'the limit of the queue holds for calls that come at the same time, and what is refused leaves no row',
  async (t) => {
    const limited = await startTestService(t, { DATABASE_URL: database.url, TRAIN_QUEUE_LIMIT: 3 })
    const path = gate(t)
    const before = (await database.owner.query('select count(*)::int as n from model_runs')).rows[0].n
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => limited.post('/api/runs', { model_name: 'held_open', ...heldBy(path) })),
    )
    t.equal(answers.filter(({ status }) => status === 201).length, 3)
    t.equal(answers.filter(({ body }) => body.code === 'QUEUE_FULL').length, 9)
    t.equal((await database.owner.query('select count(*)::int as n from model_runs')).rows[0].n, before + 3)
    await openGate(path)
    for (const { status, body } of answers) if (status === 201) await database.ended(body.model_run_id)
  },
)

t.test('where the database goes away while the row is made, the run is not left PENDING', async (t) => {
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const worker = await startTestService(t, { DATABASE_URL: proxy.url })
  await worker.service.whenReconciled
  // The insert that is to stay waits, for the one that is rolled back gave its id; then its answer gets lost.
  await database.owner.query(`
    create function wait_for_test() returns trigger language plpgsql as $$
    begin if (select count(*) from pg_stat_activity where query like '%overriding system value%' and pid = pg_backend_pid()) = 1
      then perform pg_advisory_xact_lock(43); end if; return new; end $$;
    create trigger waiting before insert on model_runs for each row execute function wait_for_test()`)
  t.teardown(() => database.owner.query('drop function wait_for_test cascade'))
  const owner = await database.owner.connect()
  await owner.query('begin; select pg_advisory_xact_lock(43)')
  const answering = worker.post('/api/runs', { model_name: 'majority', ...good })
  await until(async () => {
    const { rows } = await database.owner.query(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%overriding system value%' and datname = current_database()`,
    )
    return rows.length > 0
  })
  const { rows } = await database.owner.query('select last_value::int as id from model_runs_id_seq')
  await proxy.shut()
  const { status, body } = await answering
  t.match({ status, code: body.code }, { status: 503, code: 'DATABASE_UNAVAILABLE' })
  await owner.query('commit')
  owner.release()
  await proxy.open()
  // Made or not made: it has an end, and the work is gone.
  await until(async () => (await spoolNames(worker.dataDir)).length === 0)
  const row = await database.run(rows[0].id)
  t.ok(row === undefined || row.run_status === 'FAILED', JSON.stringify(row))
})

t.test('what the table demands of a new run is told in words', async (t) => {
  await database.owner.query(
    `alter table model_runs add created_by text not null default 'x'; alter table model_runs alter created_by drop default`,
  )
  t.teardown(() => database.owner.query('alter table model_runs drop created_by'))
  const { status, body } = await create('majority')
  t.equal(status, 403)
  t.match(body, {
    code: 'RUN_NOT_CREATABLE',
    detail: /the column created_by of model_runs may not be null and has no default/,
  })
  t.same(await spoolNames(dataDir), [])
})
