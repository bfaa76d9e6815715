// Deployments on a target that does as the test says: every step, what fails in it, and what a worker that is gone leaves.
import t, { type Test } from 'tap'
import type { Deployment } from '../../src/deployments/deployment.ts'
import { ServiceError } from '../../src/errors.ts'
import { createOwnDatabase } from '../support/database.ts'
import { askerWith, comeDue, openDeploymentWorker } from '../support/deployment-worker.ts'
import { ScriptedTarget } from '../support/scripted-target.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'

const database = await createOwnDatabase(t)

let projectCount = 0
/** A project of its own with versions, on a target and a worker of its own. */
async function setUp(t: Test, options: Parameters<typeof openDeploymentWorker>[3] = {}) {
  projectCount += 1
  const project = `p${projectCount}`
  const projectId = await insertVersions(database, project, 5, `class_${projectCount}`)
  const target = new ScriptedTarget()
  const worker = openDeploymentWorker(t, database, target, options)
  const { deployments, reconciler } = worker
  const place = { project, environment: 'production' }
  const find = (id: number) => deployments.find(place, id)
  const deploy = async (version: number, more: object = {}): Promise<number> => {
    const asked = await deployments.deploy(place, { version, target: 'kserve', ...more }, askerWith())
    return asked.deploymentId
  }
  const comesTo = async (id: number, status: Deployment['status']): Promise<Deployment> => {
    await until(async () => (await find(id)).status === status)
    return find(id)
  }
  const active = async (version: number, more: object = {}): Promise<number> => {
    const id = await deploy(version, more)
    await comesTo(id, 'active')
    return id
  }
  const traffic = () => target.traffic.get(`${projectId} production`)
  const isRemoved = (id: number) => until(async () => (await find(id)).step === 'done')
  /** What waits is due now, as when the time has come. */
  const timePasses = async (): Promise<void> => {
    await comeDue(database, `project_id = ${projectId}`)
    await reconciler.sweep()
  }
  const refusal = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work
      return 'none'
    } catch (error) {
      if (error instanceof ServiceError) return error.code
      throw error
    }
  }
  const statuses = async (id: number) => (await deployments.events(await find(id))).map(({ status }) => status)
  const helpers = { find, deploy, comesTo, active, traffic, isRemoved, timePasses, refusal, statuses }
  return { ...worker, ...helpers, place, project, projectId, target }
}

/** Holds what awaits it until it is opened. */
function barrier() {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

t.test('a version is prepared, gets the traffic, and takes the place of what was active', async (t) => {
  const { active, traffic, target, find, isRemoved, statuses, deployments, place } = await setUp(t)
  const first = await active(1)
  t.equal(traffic(), first)
  t.same(target.calls, [`prepare ${first}`, `activate ${first}`])
  t.match(await find(first), {
    status: 'active',
    endpoint: `http://127.0.0.1/${first}`,
    settings: { size: 'small' },
    observed: { state: 'ready', instances: 1 },
    step: 'observe',
  })
  const second = await active(2, { settings: { size: 'large' }, instances: 3 })
  await isRemoved(first)
  t.equal(traffic(), second)
  t.same([...target.running], [[second, 3]])
  t.same(await statuses(first), ['pending', 'deploying', 'active', 'replaced'])
  const [before, after] = [await find(first), await find(second)]
  t.same(before.activeUntil, after.activeFrom, 'one ends when the other begins')
  t.match(after, { settings: { size: 'large' }, instances: 3 })
  t.equal((await deployments.current(place)).deploymentId, second)
  const events = await deployments.events(before)
  t.same(
    events.map(({ actor }) => actor),
    ['token/tester', 'worker', 'worker', 'worker'],
  )
})

t.test('what was active at a time is found, and that nothing was', async (t) => {
  const { active, find, deployments, place, comesTo } = await setUp(t)
  const [first, second] = [await active(1), await active(2)]
  await deployments.undeploy(place, askerWith().caller)
  await comesTo(second, 'undeployed')
  const from = async (id: number) => ((await find(id)).activeFrom as Date).getTime()
  const at = async (time: number) =>
    (await deployments.list({ ...place, at: time }, 2)).map(({ deploymentId }) => deploymentId)
  t.same(await at((await from(first)) - 1), [])
  t.same(await at(await from(first)), [first])
  t.same(await at((await from(second)) - 1), [first])
  t.same(await at(await from(second)), [second])
  t.same(await at(Date.now() + 1_000), [])
})

t.test('what a target refuses has failed with its words; what was active goes on', async (t) => {
  const { active, deploy, comesTo, traffic, target, isRemoved, refusal, deployments, place } = await setUp(t)
  const first = await active(1)
  target.on('prepare', async () => ({ state: 'failed', reason: 'the image cannot be pulled' }))
  const second = await deploy(2)
  t.match(await comesTo(second, 'failed'), { reason: 'the image cannot be pulled', activeFrom: null })
  await isRemoved(second)
  t.equal(traffic(), first)
  const rollback = deployments.rollback(place, { to: second }, askerWith())
  t.equal(await refusal(rollback), 'ROLLBACK_IMPOSSIBLE', 'it never was active')
  t.equal((await deployments.current(place)).deploymentId, first)
})

t.test('what may pass is tried again, until the time of the deployment is over', async (t) => {
  const { deploy, comesTo, target, timePasses } = await setUp(t, { timeoutSeconds: 3_600 })
  let failures = 0
  target.on('prepare', async () => {
    if (failures >= 2) return undefined
    failures += 1
    throw new Error('connect ECONNREFUSED')
  })
  const first = await deploy(1)
  await until(() => failures === 1)
  await until(async () => {
    await timePasses()
    return failures === 2
  })
  await until(async () => {
    await timePasses()
    return target.running.has(first)
  })
  await comesTo(first, 'active')
  target.on('prepare', async () => ({ state: 'in_progress', message: '0 of 1 instances are ready' }))
  const second = await deploy(2)
  await comesTo(second, 'deploying')
  await database.owner.query(
    `update ml_worker.deployments set requested_at = now() - interval '1 hour 1 second' where deployment_id = $1`,
    [second],
  )
  await until(async () => {
    await timePasses()
    return (await comesTo(first, 'active')) !== undefined && target.calls.includes(`remove ${second}`)
  })
  t.match(await comesTo(second, 'failed'), {
    reason: 'it was not ready in time; its target sees it in progress: 0 of 1 instances are ready',
  })
})

t.test('traffic that was being moved goes back where the new version fails in it', async (t) => {
  const { active, deploy, comesTo, traffic, target, projectId, isRemoved, find } = await setUp(t)
  const first = await active(1)
  target.on('activate', async ({ deploymentId }) => {
    if (deploymentId === first) return undefined
    target.traffic.set(`${projectId} production`, deploymentId)
    return { state: 'failed', reason: 'the route is refused' }
  })
  const second = await deploy(2)
  t.match(await comesTo(second, 'failed'), { reason: 'the route is refused' })
  await isRemoved(second)
  await until(async () => (await find(first)).step === 'observe')
  t.equal(traffic(), first)
  t.same([...target.running.keys()], [first])
  const [restored, removed] = [target.calls.lastIndexOf(`activate ${first}`), target.calls.indexOf(`remove ${second}`)]
  t.ok(restored < removed, 'the traffic leaves before what it leaves is removed')
})

t.test('a newer request cancels the one on its way, whatever its target is at', async (t) => {
  for (const step of ['prepare', 'activate'] as const) {
    const { active, deploy, comesTo, traffic, target, isRemoved, timePasses } = await setUp(t)
    const first = await active(1)
    const held = barrier()
    let isHeld = false
    target.on(step, async ({ version }) => {
      if (version !== 2) return undefined
      isHeld = true
      await held.opened
      return undefined
    })
    const second = await deploy(2)
    await until(() => isHeld)
    const third = await deploy(3)
    t.match(await comesTo(second, 'cancelled'), { reason: 'version 3 was asked for before it was active' }, step)
    held.open()
    await until(async () => {
      await timePasses()
      return (await comesTo(third, 'active')).activeFrom !== null
    })
    for (const id of [first, second]) await isRemoved(id)
    t.equal(traffic(), third, step)
    t.same([...target.running.keys()], [third], step)
  }
})

t.test('an approval that is taken back before the switch ends the deployment', async (t) => {
  let isApproved = true
  const requireApproved = async (): Promise<void> => {
    if (!isApproved) throw new ServiceError('PROJECT_IN_USE', 'the approval was revoked')
  }
  const { active, deploy, comesTo, traffic, target, isRemoved, refusal, find } = await setUp(t, { requireApproved })
  const first = await active(1)
  const held = barrier()
  target.on('prepare', async () => {
    await held.opened
    return undefined
  })
  const second = await deploy(2)
  await comesTo(second, 'deploying')
  isApproved = false
  held.open()
  t.match(await comesTo(second, 'failed'), { reason: 'PROJECT_IN_USE: the approval was revoked' })
  await isRemoved(second)
  await until(async () => (await find(first)).step === 'observe')
  t.equal(traffic(), first)
  t.equal(await refusal(deploy(3)), 'PROJECT_IN_USE')
})

t.test('a rollback brings back what was active before, twice what was before that', async (t) => {
  const { active, deployments, place, comesTo, refusal, find } = await setUp(t)
  const back = async (wish: { to?: number } = {}) => {
    const { deploymentId } = await deployments.rollback(place, wish, askerWith())
    return comesTo(deploymentId, 'active')
  }
  const first = await active(1)
  t.equal(await refusal(back()), 'ROLLBACK_IMPOSSIBLE')
  const second = await active(2, { settings: { size: 'huge' }, instances: 2 })
  await active(2)
  await active(3)
  t.match(await back(), { version: 2, origin: 'rollback' })
  t.match(await back(), { version: 1, restores: first })
  // What it came from is not offered as what was before; how to come back there is told.
  await t.rejects(back(), {
    code: 'ROLLBACK_IMPOSSIBLE',
    message: /^version 1 is the first that was active in production, .* went back to it; .* "to": \d+ is version 2$/,
  })
  t.match(await back({ to: second }), { version: 2, restores: second, settings: { size: 'huge' }, instances: 2 })
  const fourth = await active(4)
  t.match(await back(), { version: 2, restores: second }, 'what was active before, itself a rollback')
  t.equal(await refusal(back({ to: 1_000_000 })), 'DEPLOYMENT_UNKNOWN')
  const { deploymentId } = await deployments.current(place)
  t.equal(await refusal(back({ to: deploymentId })), 'ROLLBACK_IMPOSSIBLE')
  await deployments.undeploy(place, askerWith().caller)
  t.match(await back(), { version: 2 }, 'with nothing active, what was active last')
  t.equal((await find(fourth)).status, 'replaced')
})

t.test('scaling changes what is active, and keeps it so where the target refuses', async (t) => {
  const { active, deployments, place, target, find, refusal } = await setUp(t)
  const first = await active(1)
  const scale = (instances: number) => deployments.scale(place, instances, askerWith().caller)
  t.match(await scale(4), { instances: 4, status: 'active' })
  await until(async () => (await find(first)).step === 'observe')
  t.equal(target.running.get(first), 4)
  target.on('prepare', async () => ({ state: 'failed', reason: 'the quota is used up' }))
  await scale(50)
  await until(async () => (await find(first)).observed?.state === 'failed')
  t.match(await find(first), { status: 'active', instances: 50, observed: { reason: 'the quota is used up' } })
  const events = await deployments.events(await find(first))
  const reasons = ['scaled from 1 to 4 instances', 'scaled from 4 to 50 instances']
  t.same(
    events.map(({ reason }) => reason).filter((reason) => reason?.startsWith('scaled')),
    reasons,
  )
  await deployments.undeploy(place, askerWith().caller)
  t.equal(await refusal(scale(2)), 'NOTHING_DEPLOYED')
})

t.test('what vanished on its target is told, and stays what is wanted', async (t) => {
  const { active, target, find, timePasses, deployments, projectId } = await setUp(t)
  const first = await active(1)
  target.running.clear()
  await until(async () => {
    await timePasses()
    return (await find(first)).observed?.state === 'absent'
  })
  t.equal((await find(first)).status, 'active')
  const told = async () => (await deployments.events(await find(first))).at(-1)?.reason
  t.equal(await told(), 'its target sees it absent')
  target.running.set(first, 1)
  await until(async () => {
    await timePasses()
    return (await find(first)).observed?.state === 'ready'
  })
  t.equal(await told(), 'its target sees it ready')
  const { rows } = await database.owner.query(
    `select data::jsonb from ml_worker.notices where project_id = $1 order by notice_id desc limit 2`,
    [projectId],
  )
  t.match(rows, [
    { data: { observed: 'ready' } },
    { data: { observed: 'absent', status: 'active', deployment: first } },
  ])
})

t.test('removal is tried until nothing is left', async (t) => {
  const { active, target, find, timePasses, isRemoved } = await setUp(t)
  const first = await active(1)
  let tries = 0
  target.on('remove', async () => {
    tries += 1
    if (tries < 3) throw new Error('503')
    return tries < 4 ? { state: 'in_progress', message: 'terminating' } : undefined
  })
  await active(2)
  await until(async () => {
    await timePasses()
    return tries >= 4
  })
  await isRemoved(first)
  t.equal((await find(first)).status, 'replaced')
})

t.test('a worker that lost its lease writes nothing; the next one goes on', async (t) => {
  const { deploy, comesTo, target, projectId, find, isRemoved } = await setUp(t)
  const held = barrier()
  let calls = 0
  target.on('prepare', async () => {
    calls += 1
    if (calls > 1) return undefined
    await held.opened
    return { state: 'failed', reason: 'of a worker that is late' }
  })
  const first = await deploy(1)
  await until(() => calls === 1)
  // As when it was stopped for longer than its lease.
  await database.owner.query(`update ml_worker.deployments set lease_until = now() where project_id = $1`, [projectId])
  const second = openDeploymentWorker(t, database, target)
  await second.reconciler.sweep()
  await comesTo(first, 'active')
  held.open()
  await second.deployments.deploy(
    { project: (await find(first)).projectName, environment: 'production' },
    { version: 2, target: 'kserve' },
    askerWith(),
  )
  await isRemoved(first)
  t.equal((await find(first)).status, 'replaced', 'and not failed')
})

t.test('the same Idempotency-Key is the same deployment, and another body is refused', async (t) => {
  const { deployments, place, refusal, comesTo } = await setUp(t)
  const ask = (version: number, environment = 'production') =>
    deployments.deploy({ ...place, environment }, { version, target: 'kserve' }, askerWith(`${place.project}-key`))
  const made = await Promise.all(Array.from({ length: 5 }, () => ask(1)))
  t.equal(new Set(made.map(({ deploymentId }) => deploymentId)).size, 1)
  await comesTo(made[0]?.deploymentId as number, 'active')
  t.equal((await ask(1)).deploymentId, made[0]?.deploymentId)
  t.equal(await refusal(ask(2)), 'IDEMPOTENCY_KEY_REUSED')
  t.equal(await refusal(ask(1, 'staging')), 'IDEMPOTENCY_KEY_REUSED')
  const back = () => deployments.rollback(place, {}, askerWith(`${place.project}-key`))
  t.equal(await refusal(back()), 'IDEMPOTENCY_KEY_REUSED')
})

t.test(
  'a deployment that deactivates others ends versions of its model class elsewhere, and those alone',
  async (t) => {
    const [a, b, c] = [await setUp(t), await setUp(t), await setUp(t)]
    await database.owner.query(
      `update ml_worker.versions set request = (request::jsonb || '{"modelName": "shared"}')::json
     where project_id in ($1, $2)`,
      [a.projectId, b.projectId],
    )
    const [ofA, ofB, ofC] = [await a.active(1), await b.active(1), await c.active(1)]
    const staging = { ...b.place, environment: 'staging' }
    const elsewhere = await b.deployments.deploy(staging, { version: 2, target: 'kserve' }, askerWith())
    await until(async () => (await b.deployments.find(staging, elsewhere.deploymentId)).status === 'active')
    await a.active(2, { deactivate_others: true })
    t.match(await b.find(ofB), {
      status: 'undeployed',
      reason: /^deployment \d+ of project p\d+ has the same model class/,
    })
    t.equal((await a.find(ofA)).status, 'replaced')
    t.equal((await c.find(ofC)).status, 'active', 'of another class')
    t.equal((await b.deployments.current(staging)).status, 'active', 'in another environment')
    const { rows } = await database.owner.query(
      `select actor, details->>'version' as version from ml_worker.audit_events
     where action = 'deployment.undeploy' and resource = $1`,
      [`deployment/${ofB}`],
    )
    t.same(rows, [{ actor: 'token/tester', version: '1' }])
    // At once: one of the two ends the other.
    await Promise.all([a.active(3, { deactivate_others: true }), b.deploy(3, { deactivate_others: true })])
    await until(async () => {
      const live = await Promise.all(
        [a, b].map(({ deployments, projectId }) =>
          deployments.list({ project: String(projectId), status: 'active' }, 10),
        ),
      )
      return live.flat().filter(({ environment }) => environment === 'production').length === 1
    })
  },
)
