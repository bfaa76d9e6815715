// Two workers that tell the same windows at once, and one that is cut off in the middle: one truth is left.
import t from 'tap'
import { inTransaction } from '../../src/database/pool.ts'
import { openAlertWorker, TESTER, windowOf } from '../support/alert-worker.ts'
import { createOwnDatabase } from '../support/database.ts'
import { insertVersions } from '../support/versions.ts'

const DAYS = 40

t.test('whatever two workers tell at once, each window counts once and one alert is open', async (t) => {
  const database = await createOwnDatabase(t)
  const project = await insertVersions(database, 'raced', 1)
  const workers = [openAlertWorker(t, database), openAlertWorker(t, database)]
  const kinds = ['drift', 'performance', 'data_quality'] as const
  // Four bad days, then three good ones, and so on: the alert of a kind fires and resolves again and again.
  const severityOf = (day: number) => (day % 7 < 4 ? 'high' : undefined)
  const tellAll = async (worker: (typeof workers)[number]): Promise<void> => {
    for (let day = 0; day < DAYS; day++) {
      await Promise.all(kinds.map((kind) => worker.tell(windowOf(project, day, severityOf(day), { kind }))))
    }
  }
  await Promise.all(workers.map(tellAll))
  const count = async (what: string): Promise<number> =>
    (await database.owner.query(`select count(*)::int as count from ${what}`)).rows[0].count
  t.equal(await count('ml_worker.alert_windows'), DAYS * kinds.length)
  t.equal(workers.flatMap(({ outcomes }) => outcomes).filter((each) => each.endsWith('counted')).length, DAYS * 3)
  t.equal(await count("ml_worker.alerts where state <> 'resolved'"), kinds.length, 'the last days are bad')
  t.equal(await count('ml_worker.alerts'), kinds.length * 6)
  t.equal(await count("ml_worker.notices where notice_type = 'alert.firing'"), kinds.length * 6)
  t.equal(await count("ml_worker.notices where notice_type = 'alert.resolved'"), kinds.length * 5)
  t.equal(await count("ml_worker.alert_events where event = 'resolved'"), kinds.length * 5)
})

t.test('two callers that resolve one alert, while a window would: one of them does', async (t) => {
  const database = await createOwnDatabase(t)
  const project = await insertVersions(database, 'raced', 1)
  const workers = [openAlertWorker(t, database), openAlertWorker(t, database)] as const
  await workers[0].tell(windowOf(project, 0, 'high'), windowOf(project, 1, undefined))
  const [alert] = await workers[0].alerts.list(undefined, {}, 1)
  const resolve = ({ alerts }: (typeof workers)[number]) =>
    alerts.resolve(alert?.alertId as number, { note: undefined, caller: TESTER }).then(
      () => 'resolved',
      ({ code }) => code as string,
    )
  const ends = await Promise.all([...workers.map(resolve), workers[1].tell(windowOf(project, 2, undefined))])
  t.ok(ends.filter((end) => end === 'resolved').length <= 1)
  t.ok(ends.includes('ALERT_RESOLVED'))
  const { rows } = await database.owner.query(`select event from ml_worker.alert_events where event = 'resolved'`)
  t.equal(rows.length, 1)
})

t.test('what a worker told whose transaction came to no end was never told', async (t) => {
  const database = await createOwnDatabase(t)
  const project = await insertVersions(database, 'raced', 1)
  const [killed, other] = [openAlertWorker(t, database), openAlertWorker(t, database)]
  const signal = windowOf(project, 0, 'high')
  const look = inTransaction(killed.ownSchema.pool, async (tx) => {
    await killed.signals.tell(tx, signal)
    // As a kill does: the line ends before the commit.
    await tx.query('select pg_terminate_backend(pg_backend_pid())')
  })
  await t.rejects(look)
  t.same(await other.alerts.list(undefined, {}, 10), [])
  t.equal((await database.owner.query('select from ml_worker.notices')).rowCount, 0)
  await other.tell(signal)
  t.match(await other.alerts.list(undefined, {}, 10), [{ state: 'firing' }])
  t.equal((await database.owner.query('select from ml_worker.notices')).rowCount, 1)
})
