// The winner of an experiment becomes what is deployed, once, and never across a deployment that came since.
import t from 'tap'
import { startGuardedService } from '../support/access.ts'
import { askFor, deploy } from '../support/deployed.ts'
import { experimentProject, letWin, startExperiment, twoArms } from '../support/experiments.ts'
import { clientOf, startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const { database, admin, adminToken } = await startGuardedService(t, ['forest', 'majority'], {
  REVIEW_SELF: 'allow',
})
const other = await startTestService(t, { DATABASE_URL: database.url, ACCESS: 'required' })
const bearer = { authorization: `Bearer ${adminToken}` }
const workers = [admin, clientOf(other.service.url, bearer)] as const

let projects = 0
/** A new project with an experiment that has run; winner: the place of the arm that won, if one did. */
async function concluded(winner?: number, more: object = {}) {
  const project = await experimentProject(admin, `won-${projects++}`, ['forest', 'majority', 'forest'])
  const id = await startExperiment(admin, project.path, twoArms('x', more))
  if (winner === undefined) await admin.post(`${project.path}/${id}/stop`, { reason: 'enough' })
  else await letWin(database.owner, id, winner)
  const one = `${project.path}/${id}`
  const promote = (body: object = {}, worker = 0) => (workers[worker] ?? admin).post(`${one}/promote`, body)
  const deployments = async () =>
    (await admin.get(`/api/projects/${project.name}/environments/production/deployments`)).body.deployments
  return { ...project, id, one, promote, deployments }
}

t.test('the winner is deployed, and the same again gives what was made', async (t) => {
  const { id, name, one, promote, deployments, deployment } = await concluded(1)
  t.match((await admin.get(one)).body, { outcome: 'winner', winner: 'b', finding: 'it was right more often' })
  const { status, body } = await promote({ note: 'as it said' })
  t.equal(status, 200)
  t.match(body, { state: 'concluded', outcome: 'winner', promoted_as: Number })
  const again = await promote({}, 1)
  t.same(again.body, body)
  t.same((await promote({ arm: 'b' })).body, body)
  await until(async () => (await deployments())[0].status === 'active')
  t.match(await deployments(), [
    { id: body.promoted_as, version: 2, note: `experiment ${id}, arm b: as it said`, origin: 'deploy' },
    { id: deployment, version: 1, status: 'replaced' },
  ])
  t.same((await promote()).body, body, 'once it is active, too')
  const { rows } = await database.owner.query(
    `select action, details from ml_worker.audit_events where resource = $1 and action = 'experiment.promote'`,
    [`experiment/${id}`],
  )
  t.match(rows, [{ details: { version: 2, arm: 'b', deployment: body.promoted_as } }])
  t.equal(rows.length, 1)
  const { rows: notices } = await database.owner.query(
    `select data from ml_worker.notices where notice_type = 'experiment.promoted' and project_name = $1`,
    [name],
  )
  t.match(notices, [{ data: { experiment: id, arm: 'b', version: 2, deployment: body.promoted_as } }])
  t.equal(notices.length, 1)
})

t.test('without a winner an arm is promoted by its name, with a note', async (t) => {
  const { promote, deployments } = await concluded()
  const faults = async (body: object) => {
    const answer = await promote(body)
    t.equal(answer.body.code, 'REQUEST_INVALID')
    return answer.body.errors.map(({ parameter }: { parameter: string }) => parameter)
  }
  t.same(await faults({}), ['arm', 'note'])
  t.same(await faults({ arm: 'b' }), ['note'])
  t.same(await faults({ arm: 'c' }), ['arm', 'note'])
  t.same(await faults({ arm: 'control', note: 'x' }), ['arm'])
  t.equal((await deployments()).length, 1)
  const { status, body } = await promote({ arm: 'b', note: 'half as large' })
  t.equal(status, 200)
  t.match(await deployments(), [{ id: body.promoted_as, version: 2 }, {}])
})

t.test('one that runs is not promoted, nor a draft that was given up', async (t) => {
  const { path } = await concluded()
  const id = await startExperiment(admin, path, twoArms('runs'))
  const running = await admin.post(`${path}/${id}/promote`, {})
  t.match(running.body, { status: 409, code: 'EXPERIMENT_STATE' })
  const draft = (await admin.post(path, twoArms('draft'))).body.id
  await admin.post(`${path}/${draft}/stop`, { reason: 'no' })
  const given = await admin.post(`${path}/${draft}/promote`, { arm: 'b', note: 'x' })
  t.match(given.body, { status: 409, code: 'EXPERIMENT_STATE', detail: /never took a request/ })
})

t.test('where somebody has deployed since the start, nothing is promoted, and the outcome stays', async (t) => {
  const { one, name, promote, deployments } = await concluded(1)
  await deploy(admin, name, 3)
  const before = (await admin.get(one)).body
  const refused = await promote()
  t.match(refused.body, { status: 409, code: 'EXPERIMENT_CONFLICT', detail: /of version 3, is active now/ })
  t.same((await admin.get(one)).body, before)
  t.match(await deployments(), [{ version: 3, status: 'active' }, { version: 1 }])
  t.equal((await deployments()).length, 2)
  await admin.delete(`/api/projects/${name}/environments/production/current`)
  t.match((await promote()).body, { status: 409, code: 'EXPERIMENT_CONFLICT', detail: /nothing is active now/ })
  // The same version as at the start, and yet another deployment.
  await deploy(admin, name, 1)
  t.match((await promote()).body, { status: 409, code: 'EXPERIMENT_CONFLICT' })
})

t.test('a version that lost its approval is not promoted', async (t) => {
  const { name, one, promote, deployments } = await concluded(1)
  const revoked = await admin.post(`/api/projects/${name}/versions/2/reviews`, { decision: 'revoked', note: 'unfair' })
  t.match(revoked, { status: 201 })
  t.match((await promote()).body, { status: 409, code: 'VERSION_NOT_APPROVED' })
  t.notOk('promoted_as' in (await admin.get(one)).body)
  t.equal((await deployments()).length, 1)
})

t.test('of two workers that promote at once, one makes the deployment', async (t) => {
  const { promote, deployments } = await concluded(1)
  const answers = await Promise.all([0, 1, 0, 1, 0, 1].map((worker) => promote({}, worker)))
  t.same(
    answers.map(({ status }) => status),
    Array(6).fill(200),
  )
  t.equal(new Set(answers.map(({ body }) => body.promoted_as)).size, 1)
  await until(async () => (await deployments())[0].status === 'active')
  t.equal((await deployments()).length, 2)
})

t.test(
  'a promotion and a deployment of a person at once: the later one holds, and no promotion is across it',
  async (t) => {
    for (let round = 0; round < 3; round++) {
      const { name, promote, deployments } = await concluded(1)
      const [promoted] = await Promise.all([promote({}, round % 2), askFor(admin, name, 3)])
      await until(async () =>
        (await deployments()).every((each: { status: string }) => !/pending|deploying/.test(each.status)),
      )
      const all = await deployments()
      const active = all.filter(({ status }: { status: string }) => status === 'active')
      t.match(active, [{ version: 3 }])
      if (promoted.status === 200) {
        // It came first, and the person's took its place.
        t.ok(promoted.body.promoted_as < active[0].id)
      } else {
        t.match(promoted.body, { status: 409, code: 'EXPERIMENT_CONFLICT' })
        t.equal(all.length, 2)
      }
    }
  },
)

t.test('a promotion that came to nothing can be asked for again', async (t) => {
  const { one, name, promote, deployments } = await concluded(1)
  const first = (await promote()).body.promoted_as
  await until(async () => (await deployments())[0].status === 'active')
  // As where it failed on its way, and what was active went on.
  await database.owner.query(
    `update ml_worker.deployments set status = case deployment_id when $1 then 'failed' else 'replaced' end,
       step = 'done' where deployment_id = $1`,
    [first],
  )
  await database.owner.query(
    `update ml_worker.deployments d set status = 'active', step = 'observe', active_until = null, ended_at = null
     from ml_worker.projects p where p.project_id = d.project_id and p.project_name = $1 and d.version = 1`,
    [name],
  )
  const second = (await promote()).body.promoted_as
  t.ok(second > first)
  t.equal((await admin.get(one)).body.promoted_as, second)
})
