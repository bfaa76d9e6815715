// A worker that is killed while it takes or sums outcomes: what is sent again counts once, and another worker sums it.
import t, { type Test } from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { insertAnswers, logRows } from '../support/logged.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { insertVersions } from '../support/versions.ts'
import { startTestProcess } from '../support/worker-process.ts'

const ROWS = 4_000
const BATCH = 500

/** Two workers over one project `killed`, whose answers are a and b. */
async function startTwo(t: Test) {
  const database = await createOwnDatabase(t)
  const projectId = await insertVersions(database, 'killed', 1)
  await insertAnswers(database, projectId, { kind: 'classes', classes: ['a', 'b'], isLargest: true })
  const start = async () => startTestProcess(t, { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t) })
  const [first, second] = [await start(), await start()] as const
  for (const worker of [first, second])
    await until(async () => (await worker.get('/api/projects/killed')).status === 200)
  return { database, projectId, first, second }
}

t.test('outcomes that are sent again after a kill count once', async (t) => {
  const { database, projectId, first, second } = await startTwo(t)
  await second.put('/api/projects/killed/monitoring', { log: 'all' })
  const at = Date.now() - 5 * 3_600_000
  const rows = Array.from({ length: ROWS }, (_, i) => ({ at: at + i, answer: i % 2, confidence: 0.9 }))
  const ids = await logRows(database, { projectId }, rows)
  const batches = Array.from({ length: ROWS / BATCH }, (_, i) =>
    ids.slice(i * BATCH, (i + 1) * BATCH).map((prediction_id, k) => ({ prediction_id, outcome: 'ab'[k % 2] })),
  )
  const path = '/api/projects/killed/outcomes'
  let answered = 0
  const sent = batches.map((batch) =>
    first.post(path, batch).then(
      () => answered++,
      () => undefined,
    ),
  )
  await until(() => answered >= 2)
  await first.end('SIGKILL')
  await Promise.all(sent)
  for (const batch of batches) t.equal((await second.post(path, batch)).status, 200)
  const url = '/api/projects/killed/performance?days=1'
  await until(async () => (await second.get(url)).body.figures.outcomes === ROWS)
  const { figures } = (await second.get(url)).body
  t.match(figures, { rows: ROWS, outcomes: ROWS, coverage: 1 })
  t.equal(figures.metrics.find(({ name }: { name: string }) => name === 'accuracy').value, 1)
  const { rows: corrections } = await database.owner.query('select from ml_worker.outcome_corrections')
  t.equal(corrections.length, 0)
})

t.test('outcomes by key are settled once, whoever is killed over them', async (t) => {
  const { database, projectId, first, second } = await startTwo(t)
  await second.put('/api/projects/killed/monitoring', { log: 'all', key_column: 'order' })
  const at = Date.now() - 5 * 3_600_000
  const rows = Array.from({ length: ROWS }, (_, i) => ({ at: at + i, answer: i % 2, confidence: 0.9, key: `k-${i}` }))
  await logRows(database, { projectId }, rows)
  const path = '/api/projects/killed/outcomes'
  const outcomes = rows.map(({ key }, i) => ({ key, outcome: 'ab'[i % 2] }))
  // Without a time they wait: each worker takes all of them.
  t.match(await first.post(path, outcomes), { status: 200, body: { added: ROWS, waiting: ROWS } })
  t.match(await second.post(path, outcomes), { status: 200, body: { added: ROWS, waiting: ROWS } })
  const count = async (table: string): Promise<number> =>
    (await database.owner.query(`select count(*)::int as count from ml_worker.${table}`)).rows[0].count
  await database.owner.query('update ml_worker.keyed_outcomes set try_at = now()')
  await until(async () => (await count('keyed_outcomes')) < 2 * ROWS)
  await first.end('SIGKILL')
  // The job of a worker that was killed is another's after a heartbeat of a minute, and half a minute to notice it.
  await until(async () => (await count('keyed_outcomes')) === 0, 180)
  t.equal(await count('outcomes'), ROWS)
  t.equal(await count('outcome_corrections'), 0)
})
