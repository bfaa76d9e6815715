// Experiments over HTTP: drafted, changed, started, paused and stopped; what is refused changes nothing, and is told with every fault.
import t from 'tap'
import { bearer, startGuardedService } from '../support/access.ts'
import { deploy, deployableProject } from '../support/deployed.ts'
import { experimentProject, startExperiment, twoArms } from '../support/experiments.ts'
import { clientOf } from '../support/service.ts'
import { until } from '../support/until.ts'

const { service, database, admin, tokenOf } = await startGuardedService(t, ['forest', 'majority', 'mean'], {
  REVIEW_SELF: 'allow',
})
const { path, deployment } = await experimentProject(admin, 'kinds', ['forest', 'majority', 'forest'])
const patch = (id: number, body: object, revision: number | string = '*') =>
  admin.request('PATCH', `${path}/${id}`, JSON.stringify(body), {
    'content-type': 'application/json',
    'if-match': revision === '*' ? '*' : `"${revision}"`,
  })
const faultsOf = ({ body }: { body: { errors: { parameter: string }[] } }) =>
  body.errors.map(({ parameter }) => parameter).sort()

t.test('a draft has the defaults, and tells what it can find', async (t) => {
  const { status, headers, body } = await admin.post(path, twoArms('defaults'))
  t.equal(status, 201)
  t.equal(headers.get('location'), `${path}/${body.id}`)
  t.equal(headers.get('etag'), '"1"')
  t.match(body, {
    project: 'kinds',
    environment: 'production',
    state: 'draft',
    is_paused: false,
    mode: 'split',
    arms: [
      { name: 'control', version: 1, share: 0.5, is_control: true },
      { name: 'b', version: 2, share: 0.5, is_control: false },
    ],
    success_metrics: ['accuracy'],
    guardrail_metrics: [{ metric: 'errors', tolerated_ratio: 1 }],
    min_sample_size: 1000,
    max_duration_days: 14,
    label_window_hours: 24,
    significance_level: 0.05,
    outcome_depends_on_serving: false,
    auto_promote: false,
    phases: [{ phase: 1, shares: [0.5, 0.5] }],
    expectation: { rows_per_day: 0, days_observed: 0, metric: 'accuracy', is_long_enough: false },
  })
  t.notOk('started_at' in body)
  const found = await admin.get(`${path}/${body.id}`)
  t.same(found.body, body)
  t.equal(found.headers.get('etag'), '"1"')
})

t.test('the same key with the same body is the same experiment', async (t) => {
  const key = { 'idempotency-key': 'once' }
  const first = await admin.post(path, twoArms('keyed'), key)
  const again = await admin.post(path, twoArms('keyed'), key)
  t.equal(again.status, 201)
  t.equal(again.body.id, first.body.id)
  const reversed = Object.fromEntries(Object.entries(twoArms('keyed')).reverse())
  t.equal((await admin.post(path, reversed, key)).body.id, first.body.id, 'members may come in any order')
  const other = await admin.post(path, twoArms('keyed otherwise'), key)
  t.match(other.body, { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' })
  const taken = await admin.post(path, twoArms('keyed'))
  t.match(taken.body, { status: 409, code: 'EXPERIMENT_EXISTS' })
})

t.test('the audit tells what an experiment was before a change, and after it', async (t) => {
  const { body: made } = await admin.post(path, twoArms('audited'))
  for (const description of ['first', 'second']) t.equal((await patch(made.id, { description })).status, 200)
  const { rows } = await database.owner.query<{ action: string; before: string | null; after: string }>(
    `select action, before_digest as before, after_digest as after from ml_worker.audit_events
     where resource = $1 order by event_id`,
    [`experiment/${made.id}`],
  )
  t.same(
    rows.map(({ action }) => action),
    ['experiment.create', 'experiment.update', 'experiment.update'],
  )
  t.same(
    rows.map(({ before }) => before),
    [null, rows[0]?.after, rows[1]?.after],
  )
  t.equal(new Set(rows.map(({ after }) => after)).size, 3)
})

t.test('of two requests with one key at once, one makes the experiment', async (t) => {
  const key = { 'idempotency-key': 'at once' }
  const made = await Promise.all([1, 2, 3].map(() => admin.post(path, twoArms('at once'), key)))
  t.same(
    made.map(({ status }) => status),
    [400, 400, 400],
    'a key has no spaces',
  )
  const good = { 'idempotency-key': 'at-once' }
  const all = await Promise.all([1, 2, 3].map(() => admin.post(path, twoArms('at once'), good)))
  t.equal(new Set(all.map(({ body }) => body.id)).size, 1)
})

t.test('what is wrong with a draft is told all at once, and nothing is made', async (t) => {
  const count = async () => (await admin.get(`${path}?limit=200`)).body.experiments.length
  const before = await count()
  const formal = await admin.post(path, {
    name: '',
    arms: [{ name: 'Control', version: 0, share: 0 }],
    mode: 'both',
    success_metrics: ['roc_auc'],
    guardrail_metrics: [{ metric: 'latency', tolerated_ratio: 0 }],
    min_sample_size: 1,
    max_duration_days: 0,
    label_window_hours: -1,
    significance_level: 0.5,
    equivalence_margin: 0,
    colour: 'red',
  })
  t.match(formal.body, { status: 400, code: 'REQUEST_INVALID' })
  t.same(faultsOf(formal), [
    'arms',
    'arms.0.name',
    'arms.0.share',
    'arms.0.version',
    'colour',
    'equivalence_margin',
    'guardrail_metrics.0.tolerated_ratio',
    'label_window_hours',
    'max_duration_days',
    'min_sample_size',
    'mode',
    'name',
    'significance_level',
    'success_metrics.0',
  ])
  const meant = await admin.post(path, {
    name: 'wrong',
    mode: 'shadow',
    arms: [
      { name: 'a', version: 1, share: 0.5 },
      { name: 'a', version: 1, share: 0.5 },
      { name: 'c', version: 99, share: 0.5 },
    ],
    success_metrics: ['mean_squared_error', 'accuracy'],
    guardrail_metrics: [{ metric: 'latency' }, { metric: 'errors' }, { metric: 'errors' }].slice(0, 2),
    equivalence_margin: 2,
    outcome_depends_on_serving: true,
  })
  t.same(faultsOf(meant), [
    'arms',
    'arms.1.name',
    'arms.1.version',
    'arms.2.version',
    'equivalence_margin',
    'guardrail_metrics.0.budget_ms',
    'outcome_depends_on_serving',
    'success_metrics.0',
  ])
  const twice = await admin.post(
    path,
    twoArms('twice', { guardrail_metrics: [{ metric: 'errors' }, { metric: 'errors' }] }),
  )
  t.same(faultsOf(twice), ['guardrail_metrics.1.metric'])
  const [control, b] = twoArms('small').arms
  const small = await admin.post(path, twoArms('small', { arms: [{ ...control, share: 1e-9 }, b] }))
  t.same(faultsOf(small), ['arms.0.share'], 'no key would be of a share so small, or far too many')
  t.equal(await count(), before)
})

t.test('arms must answer the same label with answers of the same kind', async (t) => {
  await deployableProject(admin, 'mixed', ['forest'])
  const other = await admin.post('/api/projects/mixed/versions', { model_name: 'mean', labels: ['b'], features: ['a'] })
  t.equal(other.status, 202)
  await until(async () => (await admin.get('/api/projects/mixed/versions/2')).status === 200)
  const { status, body } = await admin.post('/api/projects/mixed/experiments', twoArms('mixed'))
  t.equal(status, 400)
  t.match(body.errors, [
    { parameter: 'arms.1.version', detail: /version 2 answers with numbers, and version 1 with classes/ },
  ])
})

t.test('a draft can be changed in everything, with the revision that it was made from', async (t) => {
  const { id } = (await admin.post(path, twoArms('changed', { description: 'first' }))).body
  t.match((await admin.request('PATCH', `${path}/${id}`, '{}', { 'content-type': 'application/json' })).body, {
    status: 428,
  })
  t.match((await patch(id, { name: 'x' }, 7)).body, { status: 412, code: 'PRECONDITION_FAILED' })
  const changed = await patch(
    id,
    {
      name: 'renamed',
      description: '',
      environment: 'staging',
      mode: 'split+shadow',
      shares: { control: 0.25, b: 0.5 },
      min_sample_size: 50,
      equivalence_margin: 0.01,
    },
    1,
  )
  t.equal(changed.headers.get('etag'), '"2"')
  t.match(changed.body, {
    name: 'renamed',
    environment: 'staging',
    mode: 'split+shadow',
    min_sample_size: 50,
    equivalence_margin: 0.01,
    max_duration_days: 14,
    phases: [{ phase: 1, shares: [0.25, 0.5] }],
  })
  t.notOk('description' in changed.body)
  const same = await patch(id, { name: 'renamed' }, 2)
  t.equal(same.headers.get('etag'), '"2"', 'where all is as it was, nothing is written')
  const formal = await patch(id, { shares: { control: 2, b: 'half' } }, 2)
  t.same(faultsOf(formal), ['shares.b', 'shares.control'])
  const wrong = await patch(id, { shares: { control: 0.9, c: 0.1 }, arms: twoArms('').arms, mode: 'shadow' }, 2)
  t.same(faultsOf(wrong), ['shares', 'shares.b', 'shares.c'])
  t.match((await patch(id, { name: 'keyed' }, 2)).body, { status: 409, code: 'EXPERIMENT_EXISTS' })
})

t.test('runs, is paused, goes on and is stopped; shares that change begin a phase', async (t) => {
  const id = await startExperiment(admin, path, twoArms('whole', { max_duration_days: 2 }))
  const running = (await admin.get(`${path}/${id}`)).body
  t.match(running, { state: 'running', deployment_id: deployment, revision: 2 })
  t.equal(Date.parse(running.assigns_until) - Date.parse(running.started_at), 2 * 86_400_000)
  t.match((await admin.post(`${path}/${id}/start`, {})).body, { status: 409, code: 'EXPERIMENT_STATE' })
  const fixed = await patch(id, { mode: 'shadow', min_sample_size: 20, description: 'x' })
  t.match(fixed.body, { status: 409, code: 'EXPERIMENT_STATE', detail: /not mode, min_sample_size$/ })

  const paused = await admin.post(`${path}/${id}/pause`, {})
  t.match(paused.body, { state: 'running', is_paused: true })
  t.equal((await admin.post(`${path}/${id}/pause`, {})).body.revision, paused.body.revision)
  t.match((await admin.post(`${path}/${id}/resume`, {})).body, { is_paused: false })

  const [first] = running.phases
  const shifted = await patch(id, { shares: { control: 0.9, b: 0.1 }, description: 'more carefully' })
  t.match(shifted.body, {
    description: 'more carefully',
    arms: [{ share: 0.9 }, { share: 0.1 }],
    phases: [
      { ...first, ended_at: String },
      { phase: 2, shares: [0.9, 0.1] },
    ],
  })
  t.not(shifted.body.phases[1].seed, first.seed)

  t.match((await admin.post(`${path}/${id}/stop`, {})).body, { status: 400, code: 'REQUEST_INVALID' })
  const stopped = await admin.post(`${path}/${id}/stop`, { reason: 'the season is over' })
  t.match(stopped.body, {
    state: 'concluded',
    outcome: 'stopped_by_user',
    finding: /^stopped by token\/\w+: the season is over$/,
  })
  t.ok(stopped.body.phases.every((phase: { ended_at?: string }) => phase.ended_at !== undefined))
  t.notOk('expectation' in (await admin.get(`${path}/${id}`)).body)
  for (const [action, body] of [
    ['start', {}],
    ['pause', {}],
    ['resume', {}],
    ['stop', { reason: 'x' }],
  ] as const) {
    t.match((await admin.post(`${path}/${id}/${action}`, body)).body, { status: 409, code: 'EXPERIMENT_STATE' }, action)
  }
  t.match((await patch(id, { description: 'late' })).body, { status: 409, code: 'EXPERIMENT_STATE' })
  const { rows } = await database.owner.query(
    `select action from ml_worker.audit_events where resource = $1 order by event_id`,
    [`experiment/${id}`],
  )
  t.same(
    rows.map(({ action }) => action),
    ['create', 'start', 'pause', 'resume', 'update', 'conclude'].map((action) => `experiment.${action}`),
  )
  const { rows: notices } = await database.owner.query(
    `select notice_type as type, data from ml_worker.notices where notice_type like 'experiment.%' and (data->>'experiment')::bigint = $1
     order by notice_id`,
    [id],
  )
  t.match(notices, [
    { type: 'experiment.started', data: { name: 'whole', environment: 'production', arms: [{ name: 'control' }, {}] } },
    { type: 'experiment.concluded', data: { outcome: 'stopped_by_user' } },
  ])
})

t.test('a draft that is given up never ran', async (t) => {
  const { id } = (await admin.post(path, twoArms('given up'))).body
  t.match((await admin.post(`${path}/${id}/stop`, { reason: 'a mistake' })).body, { outcome: 'stopped_by_user' })
  const { rows } = await database.owner.query(
    `select from ml_worker.notices where notice_type like 'experiment.%' and (data->>'experiment')::bigint = $1`,
    [id],
  )
  t.equal(rows.length, 0)
})

t.test('what stands against a start is told all at once', async (t) => {
  await deployableProject(admin, 'unready', ['forest', 'majority'])
  const own = '/api/projects/unready/experiments'
  await admin.post('/api/projects/unready/versions', { model_name: 'majority' })
  await until(async () => (await admin.get('/api/projects/unready/versions/3')).status === 200)
  const arms = [
    { name: 'control', version: 2, share: 0.5 },
    { name: 'b', version: 3, share: 0.5 },
  ]
  const { id } = (await admin.post(own, { name: 'x', arms })).body
  const start = () => admin.post(`${own}/${id}/start`, {})
  const nothing = await start()
  t.match(nothing.body, { status: 409, code: 'EXPERIMENT_CONFLICT' })
  t.match(
    nothing.body.detail,
    /version 3 .*approved.*; nothing is active in environment production.*deploy version 2; .*not logged/,
  )
  await deploy(admin, 'unready', 1)
  await admin.put('/api/projects/unready/monitoring', { log: 'all' })
  t.match((await start()).body.detail, /version 1 is active .*, and the control is version 2/)
  await deploy(admin, 'unready', 2)
  t.match((await start()).body, { status: 409, code: 'VERSION_NOT_APPROVED' })
  await admin.post('/api/projects/unready/versions/3/reviews', { decision: 'approved' })
  t.equal((await start()).status, 200)
  const second = (await admin.post(own, { name: 'y', arms })).body.id
  t.match((await admin.post(`${own}/${second}/start`, {})).body, {
    status: 409,
    code: 'EXPERIMENT_CONFLICT',
    detail: `experiment ${id} runs in production: stop it, or wait for its end`,
  })
  const archived = await admin.request('POST', '/api/projects/unready/archive', '', { 'if-match': '*' })
  t.match(archived.body, { status: 409, code: 'PROJECT_IN_USE' })
  await admin.delete('/api/projects/unready/environments/production/current')
  const still = await admin.request('POST', '/api/projects/unready/archive', '', { 'if-match': '*' })
  t.match(still.body, {
    status: 409,
    code: 'PROJECT_IN_USE',
    detail: /experiment \d+ in production .*: running; stop first/,
  })
  await admin.post(`${own}/${id}/stop`, { reason: 'archive' })
  t.equal((await admin.request('POST', '/api/projects/unready/archive', '', { 'if-match': '*' })).status, 200)
})

t.test('the log that outcomes find their rows by is not switched off under an experiment', async (t) => {
  const { name, path } = await experimentProject(admin, 'unlogged')
  const id = await startExperiment(admin, path, twoArms('needs the log'))
  const switchOff = () => admin.put(`/api/projects/${name}/monitoring`, { log: 'off' }, { 'if-match': '*' })
  t.match((await switchOff()).body, {
    ...{ status: 409, code: 'PROJECT_IN_USE' },
    detail: `experiment ${id} in production of project ${name}: running; stop first`,
  })
  t.not((await admin.get(`/api/projects/${name}/monitoring`)).body.log, 'off')
  await admin.post(`${path}/${id}/stop`, { reason: 'no more' })
  t.equal((await switchOff()).status, 200)
})

t.test('of several experiments that are started at once in an environment, one runs', async (t) => {
  const ids = await Promise.all(
    [1, 2, 3, 4].map(async (i) => (await admin.post(path, twoArms(`raced ${i}`))).body.id as number),
  )
  const answers = await Promise.all(ids.map((id) => admin.post(`${path}/${id}/start`, {})))
  t.same(answers.map(({ status }) => status).sort(), [200, 409, 409, 409])
  const { experiments } = (await admin.get(`${path}?state=running`)).body
  t.equal(experiments.length, 1)
  await admin.post(`${path}/${experiments[0].id}/stop`, { reason: 'enough' })
})

t.test('lists by state and environment, in pages', async (t) => {
  const all = (await admin.get(`${path}?limit=200`)).body.experiments
  const ids = all.map(({ id }: { id: number }) => id)
  t.same(
    ids,
    [...ids].sort((a, b) => b - a),
  )
  const first = (await admin.get(`${path}?limit=2`)).body
  t.equal(first.next, ids[1])
  const second = (await admin.get(`${path}?limit=2&before=${first.next}`)).body
  t.same(
    second.experiments.map(({ id }: { id: number }) => id),
    ids.slice(2, 4),
  )
  t.match((await admin.get(`${path}?environment=staging`)).body.experiments, [{ name: 'renamed' }])
  t.ok((await admin.get(`${path}?state=concluded`)).body.experiments.length > 0)
  t.equal((await admin.get(`${path}?state=odd`)).status, 400)
})

t.test('tells which arm a key belongs to, and exposes nobody', async (t) => {
  const { id } = (
    await admin.post(
      path,
      twoArms('asked', {
        arms: [
          { name: 'control', version: 1, share: 0.25 },
          { name: 'b', version: 2, share: 0.25 },
        ],
      }),
    )
  ).body
  const keys = Array.from({ length: 60 }, (_, i) => `käse ${i}`)
  const asked = await Promise.all(
    keys.map(async (key) => (await admin.get(`${path}/${id}/assignment?key=${encodeURIComponent(key)}`)).body),
  )
  t.ok(asked.every(({ is_assigning: isAssigning }) => isAssigning === false))
  const arms = new Set(asked.map(({ arm }) => arm))
  t.same(arms, new Set(['control', 'b', undefined]))
  for (const { arm, version, bucket, is_enrolled: isEnrolled } of asked) {
    t.equal(isEnrolled, arm !== undefined)
    t.equal(arm, bucket < 0.25 ? 'control' : bucket >= 0.5 && bucket < 0.75 ? 'b' : undefined)
    t.equal(version, arm === undefined ? undefined : arm === 'b' ? 2 : 1)
  }
  t.equal((await admin.get(`${path}/${id}/assignment?key=`)).status, 400)
  await admin.post(`${path}/${id}/start`, {})
  t.match((await admin.get(`${path}/${id}/assignment?key=a`)).body, { is_assigning: true })
  t.equal((await database.owner.query('select from ml_worker.experiment_units')).rows.length, 0)
  await admin.post(`${path}/${id}/stop`, { reason: 'asked' })
})

t.test('a data scientist drafts, and who may deploy starts', async (t) => {
  const scientist = clientOf(service.url, bearer(await tokenOf(['data_scientist'])))
  const reviewer = clientOf(service.url, bearer(await tokenOf(['reviewer'])))
  const { id } = (await scientist.post(path, twoArms('roles'))).body
  t.equal((await reviewer.post(path, twoArms('roles too'))).status, 403)
  t.equal((await scientist.post(`${path}/${id}/start`, {})).status, 403)
  t.equal((await reviewer.post(`${path}/${id}/start`, {})).status, 200)
  const change = (body: object) =>
    scientist.request('PATCH', `${path}/${id}`, JSON.stringify(body), {
      'content-type': 'application/json',
      'if-match': '*',
    })
  t.match((await change({ shares: { control: 0.1, b: 0.1 } })).body, { status: 403, code: 'FORBIDDEN' })
  t.equal((await scientist.post(`${path}/${id}/stop`, { reason: 'x' })).status, 403)
  t.equal((await reviewer.post(`${path}/${id}/stop`, { reason: 'x' })).status, 200)
})

t.test('an experiment of another project, and one that is nowhere, is not found', async (t) => {
  const { id } = (await admin.post(path, twoArms('found'))).body
  t.match((await admin.get(`/api/projects/mixed/experiments/${id}`)).body, { status: 404, code: 'EXPERIMENT_UNKNOWN' })
  t.match((await admin.post(`${path}/999999/start`, {})).body, { status: 404, code: 'EXPERIMENT_UNKNOWN' })
  t.match((await admin.post('/api/projects/none/experiments', twoArms('x'))).body, { code: 'PROJECT_UNKNOWN' })
})
