// Reviews over HTTP: every decision in every state by every role, who may decide on what is their own, and what two workers
// and a kill leave of one.
import pino from 'pino'
import t from 'tap'
import { createPool, inTransaction } from '../../src/database/pool.ts'
import { Reviews } from '../../src/projects/reviews/reviews.ts'
import { bearer, idOf, startGuardedService } from '../support/access.ts'
import { copyVersions } from '../support/copied-versions.ts'
import { dataFolder } from '../support/runs.ts'
import { clientOf, startTestService, type TestClient } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const DECISIONS = ['requested', 'approved', 'rejected', 'revoked'] as const
const ROLES = ['client', 'service', 'data_scientist', 'reviewer', 'admin'] as const
/** By state, what can be decided, and what follows. */
const AFTER: Readonly<Record<string, Readonly<Partial<Record<(typeof DECISIONS)[number], string>>>>> = {
  none: { requested: 'pending', approved: 'approved', rejected: 'rejected' },
  pending: { approved: 'approved', rejected: 'rejected' },
  approved: { revoked: 'revoked' },
  rejected: { requested: 'pending' },
  revoked: { requested: 'pending' },
}
const WAY_TO: Readonly<Record<string, readonly (typeof DECISIONS)[number][]>> = {
  none: [],
  pending: ['requested'],
  approved: ['approved'],
  rejected: ['rejected'],
  revoked: ['approved', 'revoked'],
}
const MAY: Readonly<Record<(typeof DECISIONS)[number], readonly string[]>> = {
  requested: ['service', 'data_scientist', 'admin'],
  approved: ['reviewer', 'admin'],
  rejected: ['reviewer', 'admin'],
  revoked: ['reviewer', 'admin'],
}
const STATUS_OF = {
  none: 'trained',
  pending: 'pending_review',
  approved: 'approved_for_inference',
  rejected: 'rejected',
  revoked: 'rejected',
} as Readonly<Record<string, string>>

const guarded = await startGuardedService(t, ['majority'])
const { admin, database, service, tokenOf } = guarded
const settings = { DATABASE_URL: database.url, ACCESS: 'required' }
const allowing = await startTestService(t, { ...settings, REVIEW_SELF: 'allow' })
const open = await startTestService(t, { DATABASE_URL: database.url })
const doomed = await startTestProcess(t, { ...settings, DATA_DIR: await dataFolder(t) })

await admin.post('/api/datasets?name=rows&labels=y', 'a,y\n1,p\n2,q\n', { 'content-type': 'text/csv' })
await admin.post('/api/projects', { name: 'reviewed', model_name: 'majority', dataset_name: 'rows' })
await admin.post('/api/projects/reviewed/versions', {})
await until(async () => (await admin.get('/api/projects/reviewed/versions/1')).status === 200)

/** A client of a new token with these roles. */
async function callerWith(roles: readonly string[], url = service.url) {
  const token = await tokenOf(roles)
  return { ...clientOf(url, bearer(token)), actor: `token/${idOf(token)}`, token }
}
const decider = await callerWith(['admin'])
const decide = (client: Pick<TestClient, 'post'>, version: number, decision: string, note?: string) =>
  client.post(`/api/projects/reviewed/versions/${version}/reviews`, {
    decision,
    ...(note === undefined ? {} : { note }),
  })
const historyOf = async (version: number) =>
  (await admin.get(`/api/projects/reviewed/versions/${version}/reviews`)).body
/** The number of the newest of some new versions, which `createdBy` asked for. */
async function newVersions(count: number, createdBy?: string): Promise<number> {
  await copyVersions(database.owner, 'reviewed', count, createdBy)
  return (await admin.get('/api/projects/reviewed')).body.versions
}

t.test('every decision in every state by every role', async (t) => {
  const cases = Object.keys(AFTER).flatMap((state) =>
    DECISIONS.flatMap((decision) => ROLES.map((role) => ({ state, decision, role }))),
  )
  let version = (await newVersions(cases.length)) - cases.length
  const callers = new Map(await Promise.all(ROLES.map(async (role) => [role, await callerWith([role])] as const)))
  for (const { state, decision, role } of cases) {
    version += 1
    const name = `${decision} of ${state} by ${role}`
    for (const step of WAY_TO[state] ?? []) {
      t.equal((await decide(decider, version, step, 'on the way')).status, 201, `${name}: ${step}`)
    }
    const answer = await decide(callers.get(role) as TestClient, version, decision, 'a reason')
    const after = AFTER[state]?.[decision]
    const { state: now, workflow_status, reviews } = await historyOf(version)
    if (!MAY[decision].includes(role)) {
      t.match(answer, { status: 403, body: { code: 'FORBIDDEN' } }, name)
      t.equal(now, state, name)
    } else if (after === undefined) {
      t.match(answer, { status: 409, body: { code: 'REVIEW_OUT_OF_ORDER' } }, name)
      t.equal(now, state, name)
    } else {
      t.match(answer, { status: 201, body: { state: after, deployed_in: [], reviews: [{ decision }] } }, name)
      t.match([now, reviews[0]], [after, { decision, note: 'a reason', decided_by: /^token\// }], name)
    }
    t.equal(workflow_status, STATUS_OF[now], name)
  }
  const { rows } = await database.owner.query(
    `select count(*)::integer as wrong from ml_worker.review_states s
     where s.review_id is distinct from (
       select max(review_id) from ml_worker.reviews r where r.project_id = s.project_id and r.version = s.version)`,
  )
  t.same(rows, [{ wrong: 0 }], 'the state is that of the last review')
})

t.test('who rejects or revokes says why, and what is no decision is named', async (t) => {
  const version = await newVersions(1)
  t.match(await decide(decider, version, 'rejected'), {
    status: 400,
    body: { code: 'REQUEST_INVALID', errors: [{ in: 'body', parameter: 'note', detail: /^missing/ }] },
  })
  t.match(await decide(decider, version, 'liked'), { status: 400, body: { errors: [{ parameter: 'decision' }] } })
  t.match(await decide(decider, 999_999, 'requested'), { status: 404, body: { code: 'VERSION_UNKNOWN' } })
  t.same((await historyOf(version)).reviews, [])
})

t.test('who asked for a version or for its review does not decide on it, unless that is allowed', async (t) => {
  const self = await callerWith(['data_scientist', 'reviewer'])
  const other = await callerWith(['reviewer', 'data_scientist'])
  const last = await newVersions(5, self.actor)
  const [own, asked, loose, known, blind] = [last - 4, last - 3, last - 2, last - 1, last]
  const refused = await decide(self, own, 'approved')
  t.match(refused, { status: 403, body: { code: 'SELF_REVIEW', detail: /asked for the version: somebody else/ } })
  t.match(await decide(self, own, 'rejected', 'x'), { status: 403, body: { code: 'SELF_REVIEW' } })
  t.equal((await historyOf(own)).state, 'none')
  t.equal((await decide(other, asked, 'requested')).status, 201)
  t.match(await decide(other, asked, 'approved'), { status: 403, body: { detail: /asked for its review/ } })
  t.match(await decide(decider, asked, 'approved'), { status: 201, body: { reviews: [{ decided_by_other: true }] } })
  t.match(await decide(self, asked, 'revoked', 'mine, and wrong'), { status: 201, body: { state: 'revoked' } })

  const freed = { ...clientOf(allowing.service.url, bearer(self.token)) }
  t.match(await decide(freed, loose, 'approved'), { status: 201, body: { reviews: [{ decided_by_other: false }] } })

  // Where nobody is asked who they are the rule cannot hold: it is told.
  t.equal((await decide(open, known, 'requested')).status, 201)
  const approved = await decide(open, known, 'approved')
  t.match(approved, { status: 201, body: { reviews: [{ decided_by: 'anyone', decided_by_other: false }] } })
  t.equal((await decide(open, blind, 'requested')).status, 201)
  t.match(await decide(decider, blind, 'approved'), { body: { reviews: [{ decided_by_other: false }] } })
})

t.test('of two workers that decide at once one does, and the other is told', async (t) => {
  const count = 20
  const last = await newVersions(count)
  const elsewhere = clientOf(allowing.service.url, bearer(decider.token))
  for (let version = last - count + 1; version <= last; version++) {
    const answers = await Promise.all([
      decide(decider, version, 'approved'),
      decide(elsewhere, version, 'rejected', 'no'),
    ])
    t.same(answers.map(({ status }) => status).sort(), [201, 409], `version ${version}`)
    const { state, reviews } = await historyOf(version)
    t.same(
      reviews.map(({ decision }: { decision: string }) => decision),
      [state],
    )
    t.equal(answers.find(({ status }) => status === 201)?.body.state, state)
  }
})

const waiting = async () => {
  const { rows } = await database.owner.query(
    'select from pg_locks l join pg_stat_activity a using (pid) where not l.granted and a.datname = current_database()',
  )
  return rows.length > 0
}

t.test('an approval that is relied on is taken back after that, and not before', async (t) => {
  const version = await newVersions(1)
  await decide(decider, version, 'approved')
  const { rows } = await database.owner.query(
    'select project_id::float8 as id from ml_worker.versions where version = 1',
  )
  const id = rows[0]?.['id'] as number
  const pool = createPool(database.url, pino({ level: 'silent' }))
  t.teardown(() => pool.close())
  const approvals = new Reviews({} as never)
  let revoked: ReturnType<typeof decide> | undefined
  await inTransaction(pool, async (tx) => {
    await approvals.requireApproved(tx, id, version)
    revoked = decide(decider, version, 'revoked', 'too late')
    await until(waiting)
    const { rows: seen } = await tx.query('select state from ml_worker.review_states where version = $1', [version])
    t.same(seen, [{ state: 'approved' }])
  })
  t.match(await revoked, { status: 201, body: { state: 'revoked' } })
  for (const [number, words] of [
    [version, /its approval was revoked/],
    [1, /nobody asked for its review/],
  ] as const) {
    await t.rejects(
      inTransaction(pool, (tx) => approvals.requireApproved(tx, id, number)),
      { code: 'VERSION_NOT_APPROVED', message: words },
    )
  }
})

t.test('a worker that is killed while it decides has decided nothing, and it is decided once', async (t) => {
  const version = await newVersions(1)
  await decide(decider, version, 'requested')
  const holder = await database.owner.connect()
  await holder.query('begin')
  await holder.query('select from ml_worker.review_states where version = $1 for update', [version])
  const lost = decide(clientOf(doomed.url, bearer((await callerWith(['reviewer'])).token)), version, 'approved')
  lost.catch(() => {})
  await until(waiting)
  await doomed.end('SIGKILL')
  await t.rejects(lost)
  await holder.query('commit')
  holder.release()
  const { state, reviews } = await historyOf(version)
  t.match({ state, reviews }, { state: 'pending', reviews: [{ decision: 'requested' }] })
  t.equal((await decide(await callerWith(['reviewer']), version, 'approved')).status, 201)
  t.equal((await historyOf(version)).reviews.length, 2)
  const { body } = await admin.get('/api/audit-events?action=review.decide&limit=200')
  const events = body.audit_events.filter(({ resource }: { resource: string }) => resource.endsWith(`/${version}`))
  t.match(events, [{ details: { decision: 'approved', name: 'reviewed', review: Number } }])
  t.equal(events.length, 1)
})

t.test('each review leaves a notice, and none that was refused', async (t) => {
  const version = await newVersions(1)
  await decide(decider, version, 'requested', 'please')
  await decide(decider, version, 'approved')
  await decide(await callerWith(['reviewer']), version, 'rejected', 'too old')
  const { rows } = await database.owner.query(
    `select notice_type as type, project_name as project, data from ml_worker.notices
     where (data ->> 'version')::integer = $1 order by notice_id`,
    [version],
  )
  t.match(rows, [
    {
      type: 'review.requested',
      project: 'reviewed',
      data: { version, model_run_id: Number, state: 'pending', review: { decision: 'requested', note: 'please' } },
    },
    {
      type: 'review.decided',
      data: { state: 'rejected', review: { note: 'too old', decided_by: /^token\//, decided_at: String } },
    },
  ])
  t.equal(rows.length, 2)
})

t.test('the queue is of all projects that are active, and of those alone', async (t) => {
  const version = await newVersions(1)
  await admin.post('/api/projects', { name: 'over', model_name: 'majority', dataset_name: 'rows' })
  await admin.post('/api/projects/over/versions', {})
  await until(async () => (await admin.get('/api/projects/over/versions/1')).status === 200)
  await admin.post('/api/projects/over/versions/1/reviews', { decision: 'requested', note: 'please' })
  await decide(decider, version, 'requested')
  const queue = async () => (await admin.get('/api/reviews?state=pending&limit=2')).body
  t.match(await queue(), {
    reviews: [
      { project: { name: 'reviewed' }, version, state: 'pending', review: { decision: 'requested' } },
      { project: { name: 'over' }, version: 1, model_run_id: Number, review: { note: 'please' } },
    ],
    next: Number,
  })
  const seen: string[] = []
  for (let before = ''; ; ) {
    const { body } = await admin.get(`/api/reviews?limit=50${before}`)
    for (const { project, version: number } of body.reviews) seen.push(`${project.name} ${number}`)
    if (body.next === undefined) break
    before = `&before=${body.next}`
  }
  const { rows } = await database.owner.query(`select from ml_worker.review_states where state <> 'none'`)
  t.equal(seen.length, rows.length)
  t.equal(new Set(seen).size, rows.length)
  t.equal((await admin.get('/api/reviews?state=none')).status, 400)

  t.equal((await admin.request('POST', '/api/projects/over/archive', '', { 'if-match': '"1"' })).status, 200)
  t.match((await queue()).reviews[0], { project: { name: 'reviewed' } })
  t.notOk((await queue()).reviews.some(({ project }: { project: { name: string } }) => project.name === 'over'))
  t.match((await admin.get('/api/projects/over/reviews')).body, { reviews: [{ version: 1, state: 'pending' }] })
  const late = await decider.post('/api/projects/over/versions/1/reviews', { decision: 'approved' })
  t.match(late, { status: 409, body: { code: 'PROJECT_ARCHIVED' } })
})
