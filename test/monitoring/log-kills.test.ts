// Kept predictions of two workers, one of which is killed: it loses what it held last, and nothing is there twice.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { timeOfId } from '../../src/monitoring/log/logged-row.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject, features } from '../support/deployed.ts'
import { dataFolder } from '../support/runs.ts'
import type { TestClient } from '../support/service.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

/** What a worker may hold: it writes every 2 seconds, and takes its time where the machine is busy. */
const HELD_MS = 20_000

t.test('a killed worker loses its last rows alone, and none is kept twice', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const settings = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: await dataFolder(t), REVIEW_SELF: 'allow' }
  const start = async () => startTestProcess(t, { ...settings, DATA_DIR: await dataFolder(t) })
  const [killed, other] = [await start(), await start()]
  await deployableProject(killed, 'kinds', ['majority'])
  await deploy(killed, 'kinds', 1)
  t.equal((await killed.put('/api/projects/kinds/monitoring', { log: 'all' })).status, 200)

  const predict = async ({ post }: Pick<TestClient, 'post'>): Promise<string[]> => {
    const { status, body } = await post('/api/projects/kinds/predict', { features })
    return status === 200 ? body.prediction_ids : []
  }
  const stored = async (): Promise<string[]> => {
    const { rows } = await database.owner.query('select prediction_id::text as id from ml_worker.predictions')
    return rows.map(({ id }) => id)
  }
  // Both know of the settings.
  for (const worker of [killed, other]) {
    await until(async () => {
      const ids = await predict(worker)
      await pause(500)
      return ids.length > 0 && (await stored()).some((id) => ids.includes(id))
    })
  }
  const sent = { killed: [] as string[], other: [] as string[] }
  for (let i = 0; i < 50; i++) {
    sent.killed.push(...(await predict(killed)))
    sent.other.push(...(await predict(other)))
  }
  await until(async () => new Set(await stored()).has(sent.killed.at(-1) as string))
  const safe = [...sent.killed]
  for (let i = 0; i < 20; i++) sent.killed.push(...(await predict(killed)))
  await killed.end('SIGKILL')
  const killedAt = Date.now()
  for (let i = 0; i < 20; i++) sent.other.push(...(await predict(other)))
  await until(async () => new Set(await stored()).has(sent.other.at(-1) as string))
  const found = await stored()
  const kept = new Set(found)
  t.equal(kept.size, found.length, 'none is there twice')
  t.same(
    safe.filter((id) => !kept.has(id)),
    [],
    'what was written is there',
  )
  const lost = sent.killed.filter((id) => !kept.has(id))
  t.ok(
    lost.every((id) => timeOfId(id) > killedAt - HELD_MS),
    `${lost.length} rows are lost, the last ones`,
  )
  t.same(
    sent.other.filter((id) => !kept.has(id)),
    [],
    'the other one loses nothing',
  )
})
