// A worker is killed between two steps, or while Azure is asked: another one goes on with what is there.
import t, { type Test } from 'tap'
import { Azure, PLAN } from './azure-target.ts'

const SECOND = { ...PLAN, deploymentId: 42, version: 4, runId: 130 }

/** Replaces the first deployment by the second, then removes both. */
async function live(azure: Azure): Promise<string[]> {
  const seen: string[] = []
  const told = (): void =>
    void seen.push(JSON.stringify(Object.entries(azure.standing).map(([name, all]) => [all, azure.traffic(name)])))
  await azure.deployed()
  told()
  await azure.deployed(SECOND)
  told()
  await azure.removed()
  told()
  await azure.removed(SECOND)
  told()
  return seen
}

const EXPECTED = [
  '[[["deploy-41"],{"deploy-41":100}]]',
  '[[["deploy-41","deploy-42"],{"deploy-42":100}]]',
  '[[["deploy-42"],{"deploy-42":100}]]',
  '[]',
]

t.test('every step is made by another worker', async (t) => {
  const azure = await Azure.start(t)
  for (const part of ['prepare', 'activate'] as const) {
    await azure.driven(() => {
      azure.fresh()
      return azure[part]()
    })
  }
  await azure.removed(PLAN, () => azure.fresh())
  t.same(azure.standing, {})
  t.equal(azure.fake.workspace.models.size, 1)
  t.equal(azure.fake.workspace.environments.size, 1)
})

/** With few looks at each change, so that there are fewer requests to break. */
async function quickAzure(t: Test): Promise<Azure> {
  const azure = await Azure.start(t)
  Object.assign(azure.fake.workspace, { looks: 1, staleLooks: 1 })
  return azure
}

t.test('the connection breaks at any change, and another worker goes on', async (t) => {
  const whole = await quickAzure(t)
  t.strictSame(await live(whole), EXPECTED)
  // A break while Azure is only looked at is the end of a step, as above.
  const changes = whole.fake.methods.flatMap((method, index) => (method === 'GET' ? [] : [index + 1]))
  t.ok(changes.length > 12)
  for (const when of ['before', 'after'] as const) {
    for (const request of changes) {
      const azure = await quickAzure(t)
      azure.fake.breakAt = { request, when }
      const target = azure.target
      for (const step of ['prepare', 'activate', 'remove'] as const) {
        // The worker that loses its connection is gone.
        const call = target[step].bind(target) as (...given: Parameters<typeof target.prepare>) => Promise<never>
        Reflect.set(target, step, async (...given: Parameters<typeof target.prepare>) => {
          try {
            return await call(...given)
          } catch (error) {
            azure.fresh()
            throw error
          }
        })
      }
      t.strictSame(await live(azure), EXPECTED, `request ${request}, ${when}`)
      t.equal(azure.fake.workspace.models.size, 2)
      t.equal(azure.fake.workspace.environments.size, 1)
    }
  }
})

t.test('the last deployment goes while the next one comes', async (t) => {
  for (let delay = 0; delay < 8; delay++) {
    const azure = await Azure.start(t)
    azure.fake.workspace.looks = 1
    await azure.deployed()
    const other = azure.beside()
    const removed = azure.removed()
    // The two meet at other requests each time.
    for (let turn = 0; turn < delay; turn++) await other.observe()
    const [deployed] = await Promise.all([other.deployed(SECOND), removed])
    t.match(deployed, { state: 'ready' }, `${delay}`)
    t.strictSame(Object.values(azure.standing), [['deploy-42']])
  }
})
