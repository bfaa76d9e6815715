// What is kept for ALERTS_DAYS goes after that, by the rights that the run-time role has.
import pino from 'pino'
import t from 'tap'
import { keptAlerts } from '../../src/alerts/retention.ts'
import { createPool } from '../../src/database/pool.ts'
import { countDue, removeOld } from '../../src/retention/retention.ts'
import { openAlertWorker, windowOf } from '../support/alert-worker.ts'
import { runCommandLine } from '../support/command-line.ts'
import { createOwnDatabase } from '../support/database.ts'
import { createRole } from '../support/roles.ts'
import { dataFolder } from '../support/runs.ts'
import { insertVersions } from '../support/versions.ts'

t.test('resolved alerts go with their history, and windows by themselves; what is open stays', async (t) => {
  const database = await createOwnDatabase(t, ['majority'])
  const project = await insertVersions(database, 'watched', 1)
  const { role, url } = await createRole(t, database)
  const environment = { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) }
  const granted = await runCommandLine(['migrate', '--grant', role], { environment })
  t.equal(granted.code, 0, granted.err)
  // All that the room does it does as the run-time role.
  const worker = openAlertWorker(t, { url })
  await worker.tell(windowOf(project, 0, 'high'), windowOf(project, 1, undefined), windowOf(project, 2, undefined))
  await worker.tell(windowOf(project, 3, 'high'), windowOf(project, 0, 'high', { kind: 'performance' }))
  await database.owner.query(
    `update ml_worker.alerts set resolved_at = now() - interval '11 days' where state = 'resolved';
     update ml_worker.alert_windows set told_at = now() - interval '11 days' where window_to <= '2026-03-03T00:00:00Z'`,
  )
  const pool = createPool(url, pino({ level: 'silent' }))
  t.teardown(() => pool.close())
  const { signal } = new AbortController()
  const dueOf = async (days: number) => {
    const found = await countDue(keptAlerts(pool, days), signal)
    return found.map(({ kind, due }) => [kind.name, due])
  }
  t.same(await dueOf(12), [
    ['alerts', 0],
    ['alert-windows', 0],
  ])
  t.same(await dueOf(10), [
    ['alerts', 1],
    ['alert-windows', 3],
  ])
  for (const kind of keptAlerts(pool, 10)) await removeOld(kind, signal, async () => {})
  t.same(await dueOf(10), [
    ['alerts', 0],
    ['alert-windows', 0],
  ])
  const left = await worker.alerts.list(undefined, {}, 10)
  t.match(left, [
    { kind: 'performance', state: 'firing' },
    { kind: 'drift', state: 'firing' },
  ])
  const { rows } = await database.owner.query(
    `select count(*)::int as count from ml_worker.alert_events where alert_id <> all($1::bigint[])`,
    [left.map(({ alertId }) => alertId)],
  )
  t.same(rows, [{ count: 0 }], 'the history went with its alert')
})
