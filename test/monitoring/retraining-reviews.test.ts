// A challenger that is better waits for its review: then it is deployed once, or what somebody else has deployed stands.
import { join } from 'node:path'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { activeIn, approve, deployNoise, retrainingIn } from '../support/retraining.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const database = await createOwnDatabase(t)
await database.registerModel('gaussian_naive_bayes')
const client = await startTestService(t, {
  DATABASE_URL: database.url,
  MODELS_DIR: join(import.meta.dirname, '../../statistical'),
  REVIEW_SELF: 'allow',
})
const { get, post } = client
const project = '/api/projects/waiting'
const projectId = await deployNoise(client, 'waiting')
for (const version of [2, 3]) {
  await post(`${project}/versions`, {})
  await until(async () => (await get(`${project}/versions/${version}`)).status === 200)
}

/** A retraining whose challenger was found to be better, and waits for so many days by now. more: of its policy. */
async function waiting(challenger: number, champion: number | null, days = 0, more: object = {}): Promise<number> {
  const policy = JSON.stringify({ environment: 'production', promote: 'deploy', ...more })
  const { rows } = await database.owner.query(
    `insert into ml_worker.retrainings (project_id, environment, cause, policy, state, challenger, champion, finding,
       requested_at, requested_by, changed_at)
     values ($1, 'production', 'drift', $2, 'reviewing', $3, $4, 'it is better', now(), 'policy/waiting', now() - make_interval(days => $5))
     returning retraining_id::int as id`,
    [projectId, policy, challenger, champion, days],
  )
  return rows[0].id
}
const decide = async (version: number, decision: string) =>
  (await post(`${project}/versions/${version}/reviews`, { decision, note: 'so it is' })).status
const ended = (id: number) => retrainingIn(client, 'waiting', id)
const deployments = async (): Promise<{ version: number; note?: string; requested_by: string }[]> =>
  (await get(`${project}/environments/production/deployments`)).body.deployments

t.test('one that is rejected ends it', async (t) => {
  t.equal(await decide(2, 'requested'), 201)
  const id = await waiting(2, 1)
  t.equal(await decide(2, 'rejected'), 201)
  t.match(await ended(id), { outcome: 'rejected', finding: 'it is better; version 2 was rejected by anyone' })
})

t.test(
  'while it waits no other one begins, until somebody gives it up; then an approval deploys nothing',
  async (t) => {
    t.equal(await decide(2, 'requested'), 201)
    const id = await waiting(2, 1)
    t.equal((await post(`${project}/retrainings`, {})).body.code, 'RETRAINING_UNDER_WAY')
    const { body } = await post(`${project}/retrainings/${id}/dismiss`, {})
    t.match(body, { state: 'ended', outcome: 'dismissed', finding: 'it is better; dismissed by anyone', champion: 1 })
    await approve(client, 'waiting', 2)
  },
)

t.test('one that nobody reviews in time ends as expired, which is told', async (t) => {
  t.equal(await decide(3, 'requested'), 201)
  // Without a word in its policy, as earlier workers have written it, it has 30 days.
  for (const [days, reviewDays] of [
    [31, undefined],
    [8, 7],
  ] as const) {
    const id = await waiting(3, 1, days, { reviewDays })
    t.match(await ended(id), {
      outcome: 'expired',
      champion: 1,
      finding: `it is better; nobody has reviewed version 3 within ${reviewDays ?? 30} days: an approval does not deploy it any more`,
    })
    const { rows } = await database.owner.query(
      `select data from ml_worker.notices where notice_type = 'retraining.changed' and (data->>'retraining')::int = $1`,
      [id],
    )
    t.match(rows, [{ data: { state: 'ended', outcome: 'expired', challenger: 3 } }])
    const told = client.logged.filter(({ retraining }) => retraining === id)
    t.match(told, [{ level: 40, msg: 'the challenger of a retraining was not reviewed in time', challenger: 3 }])
  }
  const early = await waiting(3, 1, 29)
  const jobRuns = async (): Promise<number> => {
    const done = `select from ml_jobs.job where name = 'retrainings' and state = 'completed'`
    return (await database.owner.query(done)).rowCount ?? 0
  }
  const before = await jobRuns()
  await until(async () => (await jobRuns()) > before + 1)
  const { body } = await post(`${project}/retrainings/${early}/dismiss`, {})
  t.match(body, { outcome: 'dismissed' }, 'it has waited on')
})

t.test('one that is approved is deployed, in the name of who asked for the retraining', async (t) => {
  t.equal((await deployments()).length, 1, 'nothing was deployed so far')
  const id = await waiting(2, 1)
  t.match(await ended(id), {
    outcome: 'promoted',
    finding: /^it is better; version 2 is deployed in production, as deployment \d+$/,
  })
  await until(async () => (await activeIn(client, 'waiting')) === 2)
  const [made] = await deployments()
  t.match(made, {
    version: 2,
    requested_by: 'policy/waiting',
    note: `retraining ${id}: it is better than what is active in production`,
  })
})

t.test('where it is deployed already, it is not deployed again', async (t) => {
  const id = await waiting(2, 1)
  t.match(await ended(id), { outcome: 'promoted', finding: /version 2 is deployed in production/ })
  t.equal((await deployments()).length, 2)
})

t.test('what somebody has deployed meanwhile stands', async (t) => {
  await approve(client, 'waiting', 3)
  const id = await waiting(3, 1)
  t.match(await ended(id), {
    outcome: 'superseded',
    champion: 1,
    finding:
      /^it is better; version 2 was deployed in production meanwhile, as deployment \d+ by policy\/waiting: that stands, and version 3 is not deployed$/,
  })
  const first = await waiting(3, null)
  t.match(await ended(first), { outcome: 'superseded' })
  t.equal((await deployments()).length, 2)
})

t.test('an approval that was revoked ends it', async (t) => {
  t.equal(await decide(3, 'revoked'), 201)
  const id = await waiting(3, 2)
  t.match(await ended(id), { outcome: 'rejected', finding: 'it is better; the approval of it was revoked by anyone' })
})

t.test('where nothing is active any more, nothing is deployed; where nothing was, it is the first', async (t) => {
  t.equal((await client.delete(`${project}/environments/production/current`)).status, 200)
  t.match(await ended(await waiting(2, 1)), {
    outcome: 'superseded',
    finding: /nothing is active in production any more: that stands/,
  })
  t.match(await ended(await waiting(2, null)), { outcome: 'promoted' })
  await until(async () => (await activeIn(client, 'waiting')) === 2)
})
