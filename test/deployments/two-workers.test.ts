// Two workers that deploy, roll back, scale and undeploy at once, over targets that fail now and then: one truth is left.
import t from 'tap'
import type { Deployment } from '../../src/deployments/deployment.ts'
import { ServiceError } from '../../src/errors.ts'
import { createOwnDatabase } from '../support/database.ts'
import { askerWith, comeDue, openDeploymentWorker } from '../support/deployment-worker.ts'
import { ScriptedTarget } from '../support/scripted-target.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'

const ROUNDS = 60

t.test('whatever two workers ask for at once, one version is active, and nothing else is left', async (t) => {
  const database = await createOwnDatabase(t)
  const project = 'raced'
  await insertVersions(database, project, 5)
  const target = new ScriptedTarget()
  const workers = [openDeploymentWorker(t, database, target), openDeploymentWorker(t, database, target)]
  const place = { project, environment: 'production' }
  const { caller } = askerWith()
  // The same numbers in each run of the test.
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (const call of ['prepare', 'activate', 'remove'] as const) {
    target.on(call, async () => {
      const drawn = random(12)
      await new Promise((resolve) => setTimeout(resolve, random(4)))
      if (drawn === 0) throw new Error('503')
      if (drawn === 1 && call !== 'remove') return { state: 'failed', reason: 'refused' }
      return drawn === 2 ? { state: 'in_progress', message: 'waits' } : undefined
    })
  }
  const codes = new Set<string>()
  const call = async (): Promise<void> => {
    const { deployments } = workers[random(2)] as (typeof workers)[number]
    const drawn = random(10)
    try {
      if (drawn < 5) await deployments.deploy(place, { version: 1 + random(5), target: 'kserve' }, askerWith())
      else if (drawn < 8) await deployments.rollback(place, {}, askerWith())
      else if (drawn < 9) await deployments.scale(place, 1 + random(3), caller)
      else await deployments.undeploy(place, caller)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      codes.add(error.code)
    }
  }
  const activeAtOnce = async (): Promise<number> => {
    const { rows } = await database.owner.query<{ count: number }>(
      `select count(*)::int as count from ml_worker.deployments where status = 'active'`,
    )
    return rows[0]?.count as number
  }
  const all = async () => (await workers[0]?.deployments.list({ project }, 1_000)) ?? []
  const settled = (isSettled: (deployment: Deployment) => boolean) =>
    until(async () => {
      await comeDue(database, `step <> 'observe'`)
      for (const { reconciler } of workers) await reconciler.sweep()
      return (await all()).every(isSettled)
    })
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all([call(), call(), call()])
    if ((await activeAtOnce()) > 1) t.fail('two are active')
    // Some are let through, others are cancelled by the next.
    if (round % 2 === 0) await settled(({ status }) => status !== 'pending' && status !== 'deploying')
  }
  t.same(
    [...codes].filter((code) => !['ROLLBACK_IMPOSSIBLE', 'NOTHING_DEPLOYED'].includes(code)),
    [],
  )
  for (const script of ['prepare', 'activate', 'remove'] as const) target.on(script, undefined)
  const last = await workers[0]?.deployments.deploy(place, { version: 5, target: 'kserve' }, askerWith())
  await settled(({ step }) => step === 'done' || step === 'observe')
  const id = last?.deploymentId as number
  t.same(
    (await all()).filter(({ status }) => status === 'active').map(({ deploymentId }) => deploymentId),
    [id],
  )
  t.same([...target.running.keys()], [id])
  t.same([...target.traffic.values()], [id])
  const { rows } = await database.owner.query<{ active: number; overlapping: number; gone: number }>(
    `select count(*)::int as active, count(*) filter (where exists (
       select from ml_worker.deployments b where b.deployment_id <> a.deployment_id and b.active_from is not null
         and tstzrange(a.active_from, a.active_until) && tstzrange(b.active_from, b.active_until)))::int as overlapping,
       count(*) filter (where active_until < active_from)::int as gone
     from ml_worker.deployments a where active_from is not null`,
  )
  t.match(rows, [{ overlapping: 0, gone: 0 }], 'at no time two were active')
  t.ok((rows[0]?.active as number) >= 10, `many were: ${rows[0]?.active}`)
})
