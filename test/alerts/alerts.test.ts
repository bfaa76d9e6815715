// Alerts over HTTP: who sees and handles them, rules with every fault named, and what of it is in the audit.
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { openAlertWorker, windowOf } from '../support/alert-worker.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { insertVersions } from '../support/versions.ts'

const service = await startGuardedService(t)
const { admin, database } = service
const first = await insertVersions(database, 'first', 3)
const second = await insertVersions(database, 'second', 3)
const worker = openAlertWorker(t, database)
const rulePath = '/api/projects/first/alert-rules'

t.test('every kind has a rule, and a project changes it with its revision in hand', async (t) => {
  const { body } = await admin.get(rulePath)
  t.same(
    body.rules.map(({ kind }: { kind: string }) => kind),
    [
      'drift',
      'performance',
      'data_quality',
      'coverage',
      'latency',
      'errors',
      'training_failed',
      'deployment_failed',
      'queue',
    ],
  )
  const { status, headers, body: standard } = await admin.get(`${rulePath}/latency`)
  t.equal(status, 200)
  t.equal(headers.get('etag'), null)
  t.match(standard, { revision: 0, enabled: true, threshold: 1000, resolve_threshold: 800, bad_windows: 3 })
  t.notOk('changed_at' in standard)
  const made = await admin.put(`${rulePath}/latency`, {
    threshold: 250,
    resolve_threshold: 200,
    labels: { team: 'risk' },
  })
  t.match(made, { status: 200, body: { revision: 1, threshold: 250, of_windows: 5, labels: { team: 'risk' } } })
  t.match(await admin.put(`${rulePath}/latency`, {}), { status: 428 })
  t.match(await admin.put(`${rulePath}/latency`, {}, { 'if-match': '"7"' }), { status: 412 })
  const etag = String(made.headers.get('etag'))
  const changed = await admin.put(`${rulePath}/latency`, { enabled: false }, { 'if-match': etag })
  t.match(changed, { status: 200, body: { revision: 2, enabled: false, threshold: 1000, labels: {} } })
  t.equal((await admin.get(`${rulePath}/latency`)).headers.get('etag'), '"2"')
  t.match((await admin.get('/api/audit-events?action=alert-rule.update')).body.audit_events, [
    { resource: `project/${first}/alert-rule/latency`, details: { name: 'first', revision: 2, enabled: false } },
    { details: { revision: 1 } },
  ])
})

t.test('every fault of a rule is named, and nothing is changed', async (t) => {
  const wrong = {
    severity_at_least: 'low',
    resolve_below: 'high',
    bad_windows: 3,
    of_windows: 2,
    threshold: 5,
    labels: { '1st': 'x', team: 7 },
  }
  const { status, body } = await admin.put(`${rulePath}/drift`, wrong)
  t.equal(status, 400)
  const faults = body.errors.map(({ parameter, detail }: Record<string, string>) => `${parameter}: ${detail}`)
  t.match(faults, [
    /^resolve_below: expected up to severity_at_least, low, got high/,
    /^bad_windows: expected up to of_windows, 2, got 3/,
    /^threshold: only latency, errors, queue have one/,
    /^labels: the name "1st"/,
    /^labels: team: expected a text/,
  ])
  const outside = await admin.put(`${rulePath}/errors`, { threshold: 1.5 })
  t.match(outside.body.errors, [
    { parameter: 'threshold', detail: /share of the requests, above 0 and up to 1, got 1.5/ },
  ])
  const reversed = await admin.put(`${rulePath}/errors`, { threshold: 0.1, resolve_threshold: 0.2 })
  t.match(reversed.body.errors, [{ parameter: 'resolve_threshold', detail: 'expected up to threshold, 0.1, got 0.2' }])
  t.match(await admin.put(`${rulePath}/drift`, { bad_windows: 51, when: 1 }), {
    status: 400,
    body: { errors: [{ parameter: 'when' }, { parameter: 'bad_windows' }] },
  })
  t.match(await admin.get(`${rulePath}/weather`), { status: 400, body: { code: 'REQUEST_INVALID' } })
  t.match(await admin.put('/api/projects/nobody/alert-rules/drift', {}), { status: 404 })
  t.match((await admin.get(`${rulePath}/drift`)).body, { revision: 0, bad_windows: 1 })
})

t.test('alerts are listed by what they are about, and handled with a note', async (t) => {
  const of = (version: number) => ({ environment: 'production', version })
  await worker.tell(
    windowOf(first, 0, 'medium', of(1)),
    windowOf(first, 0, 'high', { ...of(2), kind: 'performance' }),
    windowOf(second, 0, 'critical', { environment: 'staging', version: 3 }),
    windowOf(second, 0, 'critical', { kind: 'coverage' }),
  )
  const idsOf = async (path: string): Promise<number[]> =>
    (await admin.get(path)).body.alerts.map(({ id }: { id: number }) => id)
  const all = await idsOf('/api/alerts')
  t.equal(all.length, 4)
  const [pending, staging, performance, drift] = all as [number, number, number, number]
  t.same(await idsOf('/api/alerts?state=pending'), [pending])
  t.same(await idsOf('/api/alerts?severity=critical&state=firing'), [staging])
  t.same(await idsOf('/api/alerts?project=first'), [performance, drift])
  t.same(await idsOf('/api/projects/second/alerts'), [pending, staging])
  t.same(await idsOf('/api/projects/first/alerts?kind=drift'), [drift])
  t.same(await idsOf('/api/projects/first/alerts?environment=production&version=2'), [performance])
  t.match((await admin.get('/api/projects/nobody/alerts')).status, 404)
  const page = (await admin.get('/api/alerts?limit=3')).body
  t.equal(page.next, performance)
  t.same(await idsOf(`/api/alerts?limit=3&before=${page.next}`), [drift])

  const path = `/api/alerts/${drift}`
  const taken = await admin.post(`${path}/acknowledge`, { note: 'looking' })
  t.match(taken, { status: 200, body: { state: 'firing', acknowledged_by: /^token\// } })
  const until = new Date(Date.now() + 3_600_000).toISOString()
  t.match(await admin.post(`${path}/mute`, { until }), { status: 200, body: { muted_until: until } })
  t.same(await idsOf('/api/alerts?muted=true'), [drift])
  t.same(await idsOf('/api/alerts?acknowledged=true'), [drift])
  t.same(await idsOf('/api/alerts?muted=false&acknowledged=false'), [pending, staging, performance])
  for (const wrong of ['2020-01-01T00:00:00Z', 'tomorrow', '2999-01-01T00:00:00Z', '12']) {
    const refused = await admin.post(`${path}/mute`, { until: wrong })
    t.match(
      refused,
      { status: 400, body: { errors: [{ parameter: 'until', detail: /^expected a time to come/ }] } },
      wrong,
    )
  }
  const told = await admin.post(`${path}/unmute`, {})
  t.equal(told.status, 200)
  t.notOk('muted_until' in told.body)
  const ended = await admin.post(`${path}/resolve`, { note: 'the season' })
  t.match(ended.body, { state: 'resolved', resolved_reason: 'the season', resolved_by: /^token\// })
  t.same(
    ended.body.events.map(({ event, note }: { event: string; note?: string }) => [event, note]),
    [
      ['pending', undefined],
      ['firing', undefined],
      ['acknowledged', 'looking'],
      ['muted', undefined],
      ['unmuted', undefined],
      ['resolved', 'the season'],
    ],
  )
  t.match(await admin.post(`${path}/acknowledge`, {}), { status: 409, body: { code: 'ALERT_RESOLVED' } })
  t.match(await admin.get('/api/alerts/999'), { status: 404, body: { code: 'ALERT_UNKNOWN' } })
  const { body: audited } = await admin.get(`/api/audit-events?resource=alert/${drift}`)
  t.same(
    audited.audit_events.map(({ action }: { action: string }) => action),
    ['alert.resolve', 'alert.unmute', 'alert.mute', 'alert.acknowledge'],
  )
  const { body: figures } = await admin.get('/metrics')
  t.match(figures, /^ml_worker_alerts\{state="firing",severity="critical"\} 1$/m)
  t.match(figures, /^ml_worker_alerts\{state="pending",severity="critical"\} 1$/m)
})

t.test('a token of a project sees its alerts alone', async (t) => {
  const headers = { authorization: `Bearer ${await service.tokenOf(['data_scientist'], { projects: ['first'] })}` }
  t.equal((await service.get('/api/projects/first/alerts', headers)).status, 200)
  t.equal((await service.get('/api/projects/second/alerts', headers)).status, 403)
  t.equal((await service.get('/api/alerts', headers)).status, 403)
})

t.test('without the schema it says so', async (t) => {
  const bare = await startTestService(t, { DATABASE_URL: (await createTestDatabase(t)).url })
  for (const path of ['/api/alerts', '/api/projects/x/alert-rules']) {
    t.match(await bare.get(path), { status: 501, body: { code: 'NOT_SET_UP' } }, path)
  }
})
