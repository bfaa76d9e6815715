// From what looks tell to alerts: once each, in any order, with what others are told of it.
import t, { type Test } from 'tap'
import { inTransaction } from '../../src/database/pool.ts'
import type { Notice } from '../../src/notifications/notices.ts'
import { openAlertWorker, ruleWith, TESTER, windowOf } from '../support/alert-worker.ts'
import { createOwnDatabase } from '../support/database.ts'
import { insertVersions } from '../support/versions.ts'

async function setUp(t: Test, onNotice?: (notice: Notice) => void) {
  const database = await createOwnDatabase(t)
  const project = await insertVersions(database, 'watched', 3)
  const worker = openAlertWorker(t, database, onNotice === undefined ? {} : { onNotice })
  const alerts = () => worker.alerts.list(undefined, {}, 100)
  const only = async () => {
    const [alert] = await alerts()
    if (alert === undefined) throw new Error('there is no alert')
    return (await worker.alerts.find(alert.alertId)) as Awaited<ReturnType<typeof worker.alerts.find>>
  }
  const notices = async () => {
    const { rows } = await database.owner.query(
      'select notice_type as type, project_name as project, data from ml_worker.notices order by notice_id',
    )
    return rows as { type: string; project: string | null; data: Record<string, unknown> }[]
  }
  const types = async () => (await notices()).map(({ type }) => type)
  return { database, project, worker, alerts, only, notices, types }
}

t.test('a bad window fires, two good ones resolve, and both are told under one fingerprint', async (t) => {
  const { project, worker, alerts, only, notices } = await setUp(t)
  const of = { environment: 'production', version: 2 }
  await worker.tell(windowOf(project, 0, 'high', { ...of, details: { columns: ['a'] } }))
  t.match(await alerts(), [{ state: 'firing', severity: 'high', kind: 'drift', ...of, projectName: 'watched' }])
  await worker.tell(windowOf(project, 1, undefined, of))
  t.match(await alerts(), [{ state: 'firing' }], 'one good window is not enough')
  await worker.tell(windowOf(project, 2, undefined, of))
  const { alert, events } = await only()
  t.match(alert, { state: 'resolved', resolvedBy: 'worker/alerts', details: { columns: ['a'] } })
  t.same(
    events.map(({ event, actor }) => [event, actor]),
    [
      ['pending', 'worker/alerts'],
      ['firing', 'worker/alerts'],
      ['resolved', 'worker/alerts'],
    ],
  )
  const [fired, resolved, ...others] = await notices()
  t.same(others, [])
  const same = { alert: alert.alertId, fingerprint: alert.fingerprint, kind: 'drift', severity: 'high', ...of }
  const window = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' }
  t.match(fired, {
    type: 'alert.firing',
    project: 'watched',
    data: { ...same, state: 'firing', window, reminder: false },
  })
  t.match(resolved, {
    type: 'alert.resolved',
    data: { ...same, state: 'resolved', window, resolved_by: 'worker/alerts' },
  })
  t.match(alert.fingerprint, /^[0-9a-f]{16}$/)
  await worker.tell(windowOf(project, 3, 'medium', of))
  const again = await alerts()
  t.equal(again.length, 2)
  t.equal(again[0]?.fingerprint, alert.fingerprint, 'the next alert is another one of the same fingerprint')
})

t.test('a window that is told twice counts once, and insufficient data counts for nothing', async (t) => {
  const { project, worker, alerts } = await setUp(t)
  await worker.rules.put(
    { project: 'watched', kind: 'drift', ifMatch: undefined },
    ruleWith('drift', { badWindows: 2, ofWindows: 2 }),
    TESTER,
  )
  const first = windowOf(project, 0, 'high')
  await worker.tell(first, first, { ...first, severity: 'critical' })
  t.match(await alerts(), [{ state: 'pending', severity: 'high' }])
  await worker.tell({ ...windowOf(project, 1, undefined), verdict: 'insufficient_data' })
  t.match(await alerts(), [{ state: 'pending' }])
  await worker.tell(windowOf(project, 1, 'high'))
  t.match(await alerts(), [{ state: 'firing' }], 'the same window told with a verdict later')
})

t.test('a late window takes its place by its end, and changes an alert only among the last ones', async (t) => {
  const { project, worker, alerts } = await setUp(t)
  const rule = ruleWith('drift', { badWindows: 2, ofWindows: 3, goodWindows: 2 })
  await worker.rules.put({ project: 'watched', kind: 'drift', ifMatch: undefined }, rule, TESTER)
  await worker.tell(windowOf(project, 9, 'high'), windowOf(project, 1, 'high'))
  t.match(await alerts(), [{ state: 'firing', severity: 'high', details: { day: 9 } }], 'two of the two that there are')
  await worker.tell(windowOf(project, 10, undefined), windowOf(project, 11, undefined))
  t.match(await alerts(), [{ state: 'resolved' }])
  await worker.tell(windowOf(project, 7, 'critical'), windowOf(project, 8, 'critical'))
  t.equal((await alerts()).length, 1, 'windows before the end of an alert begin no other')
  await worker.tell(windowOf(project, 12, 'high'))
  t.match(await alerts(), [{ state: 'pending' }, { state: 'resolved' }])
})

t.test('severities: what is below the rule, what is worse than what was told', async (t) => {
  const { project, worker, alerts, only, types } = await setUp(t)
  await worker.tell(windowOf(project, 0, 'low'))
  t.same(await alerts(), [])
  await worker.tell(windowOf(project, 1, 'medium'), windowOf(project, 2, 'medium'))
  t.same(await types(), ['alert.firing'])
  await worker.tell(windowOf(project, 3, 'critical'), windowOf(project, 4, 'medium'), windowOf(project, 5, 'critical'))
  t.same(await types(), ['alert.firing', 'alert.firing'], 'what was told as critical is not told again')
  const { alert, events } = await only()
  t.match(alert, { severity: 'critical', toldSeverity: 'critical', details: { day: 5 } })
  t.same(
    events.map(({ event }) => event),
    ['pending', 'firing', 'escalated'],
  )
})

t.test('what was resolved by hand begins again with the next bad window, after the cooldown', async (t) => {
  const { project, worker, alerts, types } = await setUp(t)
  const rule = ruleWith('drift', { cooldownSeconds: 600 })
  await worker.rules.put({ project: 'watched', kind: 'drift', ifMatch: undefined }, rule, TESTER)
  await worker.tell(windowOf(project, 0, 'high'))
  const [first] = await alerts()
  await worker.alerts.resolve(first?.alertId as number, { note: 'known', caller: TESTER })
  t.match(await alerts(), [{ state: 'resolved', resolvedBy: 'token/tester', resolvedReason: 'known' }])
  await worker.tell(windowOf(project, 0, 'high'), windowOf(project, 1, 'high'))
  t.match(await alerts(), [{ state: 'pending' }, { state: 'resolved' }])
  worker.pass(601)
  await worker.tell(windowOf(project, 2, 'high'))
  t.match(await alerts(), [{ state: 'firing' }, { state: 'resolved' }])
  t.same(await types(), ['alert.firing', 'alert.resolved', 'alert.firing'])
  await t.rejects(worker.alerts.resolve(first?.alertId as number, { note: undefined, caller: TESTER }), {
    code: 'ALERT_RESOLVED',
  })
})

t.test('what is muted is told to nobody, and told when that is over if it still fires', async (t) => {
  const { project, worker, alerts, types } = await setUp(t)
  await worker.tell(windowOf(project, 0, 'high'))
  const { alertId = 0 } = (await alerts())[0] ?? {}
  const until = new Date(worker.now().getTime() + 3_600_000)
  await worker.alerts.mute(alertId, until, { note: undefined, caller: TESTER })
  await worker.tell(windowOf(project, 1, 'critical'), windowOf(project, 2, undefined), windowOf(project, 3, undefined))
  t.match(await alerts(), [{ state: 'resolved' }])
  t.same(await types(), ['alert.firing'], 'the end of a muted alert is not told')
  await worker.tell(windowOf(project, 4, 'high'))
  t.match(await alerts(), [{ state: 'firing', toldAt: null }, {}], 'the mute is of the fingerprint')
  await worker.keepUp()
  t.same(await types(), ['alert.firing'])
  worker.pass(3_601)
  await worker.keepUp()
  await worker.keepUp()
  t.same(await types(), ['alert.firing', 'alert.firing'])
})

t.test('a firing alert is told again as its rule says, until somebody takes it on', async (t) => {
  const { project, worker, alerts, notices } = await setUp(t)
  const rule = ruleWith('drift', { repeatSeconds: 60, labels: { team: 'risk' } })
  await worker.rules.put({ project: 'watched', kind: 'drift', ifMatch: undefined }, rule, TESTER)
  await worker.tell(windowOf(project, 0, 'high'))
  await worker.keepUp()
  worker.pass(61)
  await worker.keepUp()
  await worker.keepUp()
  t.match(await notices(), [
    { data: { reminder: false, labels: { team: 'risk' } } },
    { data: { reminder: true, labels: { team: 'risk' } } },
  ])
  const { alertId = 0 } = (await alerts())[0] ?? {}
  await worker.alerts.acknowledge(alertId, { note: 'on it', caller: TESTER })
  await worker.alerts.acknowledge(alertId, { note: 'twice', caller: TESTER })
  worker.pass(61)
  await worker.keepUp()
  t.equal((await notices()).length, 2)
  const { events } = await worker.alerts.find(alertId)
  t.match(
    events.filter(({ event }) => event === 'acknowledged'),
    [{ actor: 'token/tester', note: 'on it' }],
  )
})

t.test(
  'alerts that no window will resolve: a rule that is off, a version that is gone, an archived project',
  async (t) => {
    const { database, project, worker, alerts } = await setUp(t)
    const of = { environment: 'production', version: 2 }
    await worker.tell(windowOf(project, 0, 'high'), windowOf(project, 0, 'high', { ...of, kind: 'performance' }))
    await worker.rules.put(
      { project: 'watched', kind: 'drift', ifMatch: undefined },
      ruleWith('drift', { isEnabled: false }),
      TESTER,
    )
    await worker.keepUp()
    t.match(await alerts(), [{ state: 'firing' }, { state: 'resolved', resolvedReason: 'the rule is switched off' }])
    worker.pass(3_601)
    await worker.keepUp()
    t.match((await alerts())[0], { state: 'resolved', resolvedReason: /^the version is not active/ })
    await worker.tell(windowOf(project, 1, 'high', { kind: 'performance' }))
    await database.owner.query('update ml_worker.projects set archived_at = now()')
    await worker.keepUp()
    t.match((await alerts())[0], { state: 'resolved', resolvedReason: 'the project is archived' })
  },
)

t.test('a failure of the alerts is logged and counted, and the look goes on', async (t) => {
  const { database, project, worker, alerts } = await setUp(t, () => {
    throw new Error('it fails')
  })
  await inTransaction(worker.ownSchema.pool, async (tx) => {
    await worker.signals.tell(tx, windowOf(project, 0, 'high'))
    await worker.signals.tell(tx, windowOf(999_999, 0, 'high'))
    await tx.query('create table ml_worker.what_a_look_writes (n integer)')
  })
  t.equal((await database.owner.query('select from ml_worker.what_a_look_writes')).rowCount, 0, 'it was committed')
  t.same(worker.outcomes, ['drift failed', 'drift failed'])
  t.match(worker.logged, [{ msg: 'a signal could not be counted', kind: 'drift' }, { projectId: 999_999 }])
  t.same(await alerts(), [])
  const wrong = { ...windowOf(project, 0, 'high'), window: { from: new Date(1), to: new Date(1) } }
  await t.rejects(worker.tell(wrong), RangeError)
})

t.test('of a series only the newest windows are kept, and older ones count no more', async (t) => {
  const { database, project, worker } = await setUp(t)
  for (let day = 0; day < 120; day++) await worker.tell(windowOf(project, day, day === 0 ? 'high' : undefined))
  const { rows } = await database.owner.query('select count(*)::int as count from ml_worker.alert_windows')
  t.same(rows, [{ count: 100 }])
  worker.outcomes.length = 0
  await worker.tell(windowOf(project, 3, 'critical'), windowOf(project, 60, 'critical'))
  t.same(worker.outcomes, [])
})
