// Every call in every state of an environment: what is answered, and that all comes to rest with one truth.
import t, { type Test } from 'tap'
import type { Deployment } from '../../src/deployments/deployment.ts'
import { ServiceError } from '../../src/errors.ts'
import { createOwnDatabase } from '../support/database.ts'
import { askerWith, comeDue, type DeploymentWorker, openDeploymentWorker } from '../support/deployment-worker.ts'
import { ScriptedTarget } from '../support/scripted-target.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'

const database = await createOwnDatabase(t)
const { caller } = askerWith()

interface Slot {
  readonly project: string
  readonly projectId: number
  readonly target: ScriptedTarget
  /** Does no steps. */
  readonly asking: DeploymentWorker
  readonly working: DeploymentWorker
  deploy(version: number): Promise<Deployment>
  of(): Promise<Deployment[]>
  /** Has the steps done that are due, as if the time of those that wait had come. */
  turn(): Promise<void>
}

const STATES: Readonly<Record<string, (slot: Slot) => Promise<void>>> = {
  empty: async () => {},
  pending: async ({ deploy }) => void (await deploy(1)),
  preparing: async (slot) => opened(slot, 1, 'prepare'),
  'moving traffic': async (slot) => opened(slot, 1, 'activate'),
  active: async (slot) => activated(slot, 1),
  'active twice': async (slot) => {
    await activated(slot, 1)
    await activated(slot, 2)
  },
  'active and pending': async (slot) => {
    await activated(slot, 1)
    await slot.deploy(2)
  },
  'active and preparing': async (slot) => {
    await activated(slot, 1)
    await opened(slot, 2, 'prepare')
  },
  'active and moving traffic': async (slot) => {
    await activated(slot, 1)
    await opened(slot, 2, 'activate')
  },
  'active and scaling': async (slot) => {
    await activated(slot, 1)
    slot.target.on('prepare', async () => ({ state: 'in_progress', message: 'waits' }))
    await slot.asking.deployments.scale(placeOf(slot), 3, caller)
    await slot.turn()
  },
  undeployed: async (slot) => {
    await activated(slot, 1)
    await slot.asking.deployments.undeploy(placeOf(slot), caller)
  },
  failed: async (slot) => {
    slot.target.on('prepare', async () => ({ state: 'failed', reason: 'refused' }))
    await slot.deploy(1)
    await turnUntil(slot, (all) => all.every(({ status }) => status === 'failed'))
  },
  cancelled: async (slot) => {
    await slot.deploy(1)
    await slot.asking.deployments.undeploy(placeOf(slot), caller)
  },
}

const CALLS: Readonly<Record<string, (slot: Slot) => Promise<unknown>>> = {
  deploy: (slot) => slot.deploy(3),
  rollback: (slot) => slot.asking.deployments.rollback(placeOf(slot), {}, askerWith()),
  undeploy: (slot) => slot.asking.deployments.undeploy(placeOf(slot), caller),
  scale: (slot) => slot.asking.deployments.scale(placeOf(slot), 2, caller),
  current: (slot) => slot.asking.deployments.current(placeOf(slot)),
  nothing: async () => {},
}

type Row = readonly [answer: string, active: number | undefined]

/** By state: what each call answers, `ok` or a code; and the version that is active in the end. */
const EXPECTED: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  empty: row(['ok', 3], ['ROLLBACK_IMPOSSIBLE'], ['NOTHING_DEPLOYED'], ['NOTHING_DEPLOYED'], 'NOTHING_DEPLOYED'),
  pending: row(['ok', 3], ['ROLLBACK_IMPOSSIBLE', 1], ['ok'], ['NOTHING_DEPLOYED', 1], 'NOTHING_DEPLOYED', 1),
  preparing: row(['ok', 3], ['ROLLBACK_IMPOSSIBLE', 1], ['ok'], ['NOTHING_DEPLOYED', 1], 'NOTHING_DEPLOYED', 1),
  'moving traffic': row(['ok', 3], ['ROLLBACK_IMPOSSIBLE', 1], ['ok'], ['NOTHING_DEPLOYED', 1], 'NOTHING_DEPLOYED', 1),
  active: row(['ok', 3], ['ROLLBACK_IMPOSSIBLE', 1], ['ok'], ['ok', 1], 'ok', 1),
  'active twice': row(['ok', 3], ['ok', 1], ['ok'], ['ok', 2], 'ok', 2),
  'active and pending': row(['ok', 3], ['ROLLBACK_IMPOSSIBLE', 2], ['ok'], ['ok', 2], 'ok', 2),
  'active and preparing': row(['ok', 3], ['ROLLBACK_IMPOSSIBLE', 2], ['ok'], ['ok', 2], 'ok', 2),
  'active and moving traffic': row(['ok', 3], ['ROLLBACK_IMPOSSIBLE', 2], ['ok'], ['ok', 2], 'ok', 2),
  'active and scaling': row(['ok', 3], ['ROLLBACK_IMPOSSIBLE', 1], ['ok'], ['ok', 1], 'ok', 1),
  undeployed: row(['ok', 3], ['ok', 1], ['NOTHING_DEPLOYED'], ['NOTHING_DEPLOYED'], 'NOTHING_DEPLOYED'),
  failed: row(['ok', 3], ['ROLLBACK_IMPOSSIBLE'], ['NOTHING_DEPLOYED'], ['NOTHING_DEPLOYED'], 'NOTHING_DEPLOYED'),
  cancelled: row(['ok', 3], ['ROLLBACK_IMPOSSIBLE'], ['NOTHING_DEPLOYED'], ['NOTHING_DEPLOYED'], 'NOTHING_DEPLOYED'),
}

for (const [state, reach] of Object.entries(STATES)) {
  t.test(`an environment that is ${state}`, async (t) => {
    for (const [name, call] of Object.entries(CALLS)) {
      const slot = await openSlot(t, `${state} ${name}`.replaceAll(' ', '-'))
      await reach(slot)
      const expected = EXPECTED[state] as Readonly<Record<string, Row>>
      const [answer, active] = expected[name] as Row
      t.equal(await answerOf(call(slot)), answer, name)
      for (const script of ['prepare', 'activate'] as const) slot.target.on(script, undefined)
      await turnUntil(slot, (all) => all.every(({ step }) => step === 'done' || step === 'observe'))
      const all = await slot.of()
      const [live, ...others] = all.filter(({ status }) => status === 'active')
      t.same(others, [], `${name}: one at the most is active`)
      t.equal(live?.version, active, `${name}: what is active in the end`)
      const ended = all.filter(({ status }) => status !== 'active')
      t.notOk(
        ended.some(({ status }) => status === 'pending' || status === 'deploying'),
        `${name}: nothing is on its way`,
      )
      t.ok(
        ended.every(({ step }) => step === 'done'),
        `${name}: the others are removed`,
      )
      const kept = live === undefined ? [] : [live.deploymentId]
      t.same([...slot.target.running.keys()], kept, `${name}: what runs`)
      t.same([...slot.target.traffic.values()], kept, `${name}: what has the traffic`)
      if (state === 'active and scaling' && name === 'nothing') t.equal(slot.target.running.get(kept[0] as number), 3)
    }
  })
}

/** deploy, rollback, undeploy and scale with what is active after them; what `current` answers; and what is active without a call. */
function row(
  deploy: [string, number?],
  rollback: [string, number?],
  undeploy: [string, number?],
  scale: [string, number?],
  current: string,
  active?: number,
) {
  const pair = ([answer, version]: [string, number?]) => [answer, version] as const
  return {
    deploy: pair(deploy),
    rollback: pair(rollback),
    undeploy: pair(undeploy),
    scale: pair(scale),
    current: [current, active] as const,
    nothing: ['ok', active] as const,
  }
}

async function openSlot(t: Test, project: string): Promise<Slot> {
  const projectId = await insertVersions(database, project, 3)
  const target = new ScriptedTarget()
  const [asking, working] = [openDeploymentWorker(t, database, target), openDeploymentWorker(t, database, target)]
  await asking.reconciler.close()
  const place = { project, environment: 'production' }
  return {
    project,
    projectId,
    target,
    asking,
    working,
    deploy: (version) => asking.deployments.deploy(place, { version, target: 'kserve' }, askerWith()),
    of: () => asking.deployments.list({ project }, 100),
    async turn() {
      await comeDue(database, `project_id = ${projectId} and step <> 'observe'`, ({ id }) =>
        working.reconciler.kick(id),
      )
    },
  }
}

function placeOf({ project }: Slot) {
  return { project, environment: 'production' }
}

async function turnUntil(slot: Slot, isSo: (all: readonly Deployment[]) => boolean): Promise<void> {
  await until(async () => {
    await slot.turn()
    return isSo(await slot.of())
  })
}

async function activated(slot: Slot, version: number): Promise<void> {
  const { deploymentId } = await slot.deploy(version)
  await turnUntil(
    slot,
    (all) =>
      all.some((each) => each.deploymentId === deploymentId && each.status === 'active') &&
      all.every(({ step }) => step === 'done' || step === 'observe'),
  )
}

/** Comes to the step, and stays at it until the target answers as usual again. */
async function opened(slot: Slot, version: number, step: 'prepare' | 'activate'): Promise<void> {
  slot.target.on(step, async (plan) =>
    plan.version === version ? { state: 'in_progress', message: 'waits' } : undefined,
  )
  const { deploymentId } = await slot.deploy(version)
  await turnUntil(slot, (all) =>
    all.some(
      (each) =>
        each.deploymentId === deploymentId &&
        each.status === 'deploying' &&
        each.step === step &&
        each.observed !== null,
    ),
  )
}

async function answerOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (error) {
    if (error instanceof ServiceError) return error.code
    throw error
  }
}
