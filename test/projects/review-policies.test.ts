// What a project lets happen to its versions by itself: reviews that are requested, versions that a policy approves or leaves
// to a person, and the one word for where they stand.
import t from 'tap'
import { bearer, startGuardedService } from '../support/access.ts'
import { clientOf } from '../support/service.ts'
import { until } from '../support/until.ts'

const ROWS = Array.from({ length: 60 }, (_, i) => `${(i * 31) % 17},${(i * 7) % 5},${i % 11 < 6 ? 'lo' : 'hi'}\n`)
const CSV = `a,b,kind\n${ROWS.join('')}`

const { admin, database, service, tokenOf } = await startGuardedService(t, ['forest', 'misbehaving'])
const scientist = clientOf(service.url, bearer(await tokenOf(['data_scientist'])))
await admin.post('/api/datasets?name=kinds&labels=kind', CSV, { 'content-type': 'text/csv' })
const parameters = { n_estimators: 5, random_state: 1 }
const content = { model_name: 'forest', dataset_name: 'kinds', validation_split: 0.25, parameters }

/** A new project with the policy. */
async function projectWith(name: string, review: unknown) {
  const { status, body } = await admin.post('/api/projects', { name, ...content, review })
  t.equal(status, 201, JSON.stringify(body))
  return body
}
/** Trains a version, and gives it with its reviews. */
async function trained(project: string, members: unknown = {}) {
  const { status, body } = await scientist.post(`/api/projects/${project}/versions`, members)
  t.equal(status, 202, JSON.stringify(body))
  const path = `/api/projects/${project}`
  const training = async () => (await admin.get(`${path}/trainings?limit=1`)).body.trainings[0]
  await until(async () => (await training()).state !== 'training')
  const { version, workflow_status } = await training()
  const { body: made } = await admin.get(`${path}/versions/${version}`)
  t.equal(made.workflow_status, workflow_status, 'a training stands where its version does')
  const { reviews, state } = (await admin.get(`${path}/versions/${version}/reviews`)).body
  return { version, workflow_status, reviews, state, metrics: made.metrics }
}
const change = (project: string, review: unknown, revision: number) =>
  admin.request('PATCH', `/api/projects/${project}`, { review }, { 'if-match': `"${revision}"` })
const point = (project: string, version: number, revision?: number) =>
  admin.request(
    'PUT',
    `/api/projects/${project}/aliases/champion`,
    { version },
    revision === undefined ? {} : { 'if-match': `"${revision}"` },
  )
const decide = (project: string, version: number, decision: string) =>
  admin.post(`/api/projects/${project}/versions/${version}/reviews`, { decision, note: 'said in a test' })

t.test('without a policy nothing happens by itself', async (t) => {
  const { review } = await projectWith('usual', undefined)
  t.same(review, { mode: 'manual', request: 'on_demand' })
  t.match(await trained('usual'), { state: 'none', workflow_status: 'trained', reviews: { length: 0 } })
})

t.test('every fault of a policy is named, and who may not approve cannot let a policy approve', async (t) => {
  const faultsOf = async (review: unknown, more: object = {}) => {
    const { status, body } = await admin.post('/api/projects', { name: 'faulty', ...content, review, ...more })
    t.equal(status, 400)
    return body.errors.map(({ parameter }: { parameter: string }) => parameter)
  }
  t.same(await faultsOf({ mode: 'automatic' }), ['review.at_least', 'review.metric'])
  t.same(await faultsOf({ mode: 'automatic', metric: 'accuracy', at_least: 0.5 }), ['review.metric'])
  t.same(await faultsOf({ mode: 'automatic', metric: 'validation_rmse', at_least: 0.5 }), ['review.metric'])
  t.same(await faultsOf({ mode: 'automatic', metric: 'oob_score', at_least: 0.5 }), ['review.metric'])
  t.same(await faultsOf({ at_least: 0.5 }), ['review.at_least'])
  t.same(await faultsOf({ mode: 'strict', request: 'never', least: 1, better_than_champion_by: -1 }), [
    ...['review.least', 'review.mode', 'review.request', 'review.better_than_champion_by'],
  ])
  t.same(await faultsOf({ mode: 'automatic', at_least: 0.5 }, { metric: 'rmse' }), ['metric', 'review.metric'])

  const automatic = { mode: 'automatic', metric: 'validation_accuracy', at_least: 0.5 }
  const refused = await scientist.post('/api/projects', { name: 'sly', ...content, review: automatic })
  t.match(refused, { status: 403, body: { code: 'FORBIDDEN', detail: /reviews:decide/ } })
  const own = await scientist.post('/api/projects', { name: 'sly', ...content, review: { request: 'every_version' } })
  t.match(own, { status: 201, body: { review: { mode: 'manual', request: 'every_version' } } })
  const patched = await scientist.request('PATCH', '/api/projects/sly', { review: automatic }, { 'if-match': '"1"' })
  t.match(patched, { status: 403 })
})

t.test(
  'a policy takes the metric of the project as it is then; nulls say nothing, and an empty object is none',
  async (t) => {
    const given = { mode: 'automatic', metric: null, at_least: 0.5, better_than_champion_by: null, request: null }
    const made = await admin.post('/api/projects', { name: 'kept', ...content, metric: 'log_loss', review: given })
    const kept = { mode: 'automatic', request: 'every_version', metric: 'validation_log_loss', at_least: 0.5 }
    t.same(made.body.review, kept)
    const patched = await admin.request('PATCH', '/api/projects/kept', { metric: 'accuracy' }, { 'if-match': '"1"' })
    t.same(patched.body.review, kept, 'what is approved does not change with the leaderboard')
    t.same((await change('kept', {}, 2)).body.review, { mode: 'manual', request: 'on_demand' })
  },
)

t.test('the review of every version is requested by itself, for a person', async (t) => {
  await projectWith('asking', { request: 'every_version' })
  const made = await trained('asking')
  t.match(made, {
    state: 'pending',
    workflow_status: 'pending_review',
    reviews: [{ decision: 'requested', decided_by: 'policy/asking', note: 'a review of every version is requested' }],
  })
  t.equal(made.reviews.length, 1)
  t.match(await decide('asking', 1, 'approved'), { status: 201, body: { workflow_status: 'approved_for_inference' } })
})

t.test('what reaches the threshold is approved with the version, and what does not is left to a person', async (t) => {
  await projectWith('judged', { mode: 'automatic', metric: 'validation_log_loss', at_least: 100 })
  const good = await trained('judged')
  t.match(good, {
    state: 'approved',
    workflow_status: 'approved_for_inference',
    reviews: [
      {
        decision: 'approved',
        decided_by: 'policy/judged',
        note: /^validation_log_loss [\d.]+ is at most 100$/,
      },
      { decision: 'requested', decided_by: 'policy/judged' },
    ],
  })
  t.notOk('decided_by_other' in good.reviews[0], 'nobody decided')
  const { body } = await admin.get('/api/audit-events?action=review.decide&limit=1')
  t.match(body.audit_events, [{ actor: 'policy/judged', address: null, details: { decision: 'approved' } }])

  t.equal((await change('judged', { mode: 'automatic', metric: 'validation_accuracy', at_least: 1.5 }, 1)).status, 200)
  t.match(await trained('judged'), {
    state: 'pending',
    reviews: [{ decision: 'requested', finding: /^validation_accuracy [\d.]+ is below 1\.5$/ }],
  })
  t.match(await trained('judged', { validation_split: 0 }), {
    state: 'pending',
    reviews: [{ finding: 'it has no validation_accuracy' }],
  })
})

t.test('a champion is beaten on the same rows; where it cannot be compared a person decides', async (t) => {
  const automatic = { mode: 'automatic', metric: 'validation_accuracy', better_than_champion_by: 0 }
  await projectWith('beaten', automatic)
  t.match(await trained('beaten'), {
    state: 'pending',
    reviews: [{ finding: /^there is no champion to compare it with/ }],
  })
  t.equal((await point('beaten', 1)).status, 200)
  t.match(await trained('beaten'), { reviews: [{ finding: 'version 1 (alias champion) is not approved' }] })
  t.equal((await decide('beaten', 1, 'approved')).status, 201)
  t.match(await trained('beaten'), {
    state: 'approved',
    reviews: [
      { note: /^validation_accuracy [\d.]+ is better by at least 0 than [\d.]+ of version 1 \(alias champion\)$/ },
    ],
  })
  t.match(await trained('beaten', { split_seed: 9 }), {
    state: 'pending',
    reviews: [{ finding: 'version 1 (alias champion) was judged on other rows' }],
  })
  t.equal((await change('beaten', { ...automatic, better_than_champion_by: 0.01, at_least: 2 }, 1)).status, 200)
  const both = /^validation_accuracy [\d.]+ is below 2; validation_accuracy [\d.]+ is not better by 0\.01 than /
  t.match(await trained('beaten'), { state: 'pending', reviews: [{ finding: both }] })
})

t.test('without that alias the champion is what is active in production', async (t) => {
  await projectWith('live', { mode: 'automatic', metric: 'validation_accuracy', at_least: 0 })
  t.match(await trained('live'), { state: 'approved' })
  await database.owner.query(
    `insert into ml_worker.deployments (project_id, environment, version, run_id, model_name, target, settings, instances,
       origin, deactivate_others, status, requested_at, requested_by, request_digest, active_from, step, failures, try_after,
       attempt)
     select project_id, place, version, run_id, 'forest', 'local', '{}', 1, 'deploy', false, 'active', now(), 'x', 'x', now(),
       'observe', 0, now(), 1
     from ml_worker.versions v join ml_worker.projects p using (project_id)
       cross join unnest(array['production', 'blue']) as place
     where p.project_name = 'live'`,
  )
  const automatic = { mode: 'automatic', metric: 'validation_accuracy', better_than_champion_by: 0 }
  t.equal((await change('live', automatic, 1)).status, 200)
  t.match(await trained('live'), { state: 'approved', reviews: [{ note: /of version 1 \(deployed in production\)$/ }] })
  t.match((await admin.get('/api/projects/live/versions')).body, {
    versions: [{ workflow_status: 'approved_for_inference' }, { workflow_status: 'deployed' }],
  })
  const numbersOf = async (status: string) =>
    (await admin.get(`/api/projects/live/versions?workflow_status=${status}`)).body.versions.map(
      ({ version }: { version: number }) => version,
    )
  t.same(await numbersOf('deployed'), [1])
  t.same(await numbersOf('approved_for_inference'), [2])
  const revoked = await decide('live', 1, 'revoked')
  t.match(revoked.body, { state: 'revoked', workflow_status: 'deployed', deployed_in: ['blue', 'production'] })
  t.same(await numbersOf('deployed'), [1], 'it stays where it is')
  t.same(await numbersOf('rejected'), [])
  t.match(await trained('live'), { reviews: [{ finding: 'version 1 (deployed in production) is not approved' }] })
})

t.test('on demand a policy judges when somebody asks, and never what a person has refused', async (t) => {
  await projectWith('asked', { mode: 'automatic', request: 'on_demand', metric: 'validation_accuracy', at_least: 0 })
  t.match(await trained('asked'), { state: 'none' })
  t.match(await decide('asked', 1, 'requested'), {
    status: 201,
    body: {
      state: 'approved',
      workflow_status: 'approved_for_inference',
      reviews: [
        { decision: 'approved', decided_by: 'policy/asked' },
        { decision: 'requested', note: 'said in a test' },
      ],
    },
  })
  t.equal((await decide('asked', 1, 'revoked')).status, 201)
  t.match(await decide('asked', 1, 'requested'), { status: 201, body: { state: 'pending', reviews: { length: 1 } } })
})

t.test('a training that fails stands nowhere else, and one that repeats a version stands nowhere', async (t) => {
  await projectWith('failing', { request: 'every_version' })
  await trained('failing')
  const { body } = await scientist.post('/api/projects/failing/versions/1/reproduction', '')
  const path = '/api/projects/failing/trainings'
  await until(async () => (await admin.get(path)).body.trainings[0].state !== 'training')
  const { trainings } = (await admin.get(path)).body
  t.equal(trainings[0].model_run_id, body.model_run_id)
  t.notOk('workflow_status' in trainings[0])
  t.equal(trainings[1].workflow_status, 'pending_review')
  const fails = { model_name: 'misbehaving', parameters: { deed: 'throws' } }
  t.equal((await scientist.post('/api/projects/failing/versions', fails)).status, 202)
  await until(async () => (await admin.get(path)).body.trainings[0].state !== 'training')
  t.match((await admin.get(path)).body.trainings[0], { state: 'failed', workflow_status: 'failed' })
})
