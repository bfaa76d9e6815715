// Retrainings from a log whose rows are sealed: under the key of today, under an earlier one, and under one that is gone.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { makeKeys } from '../support/encryption.ts'
import { deployNoise, kindRows, linesOf, predictKinds, retrainingIn } from '../support/retraining.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService, type TestService } from '../support/service.ts'

const database = await createOwnDatabase(t)
await database.registerModel('gaussian_naive_bayes')
const DATA_DIR = await dataFolder(t)
const { paths } = await makeKeys(t, 3)
const [old, lost, fresh] = paths as [string, string, string]
const start = (...files: readonly string[]) =>
  startTestService(t, {
    DATABASE_URL: database.url,
    DATA_DIR,
    MODELS_DIR: join(import.meta.dirname, '../../statistical'),
    REVIEW_SELF: 'allow',
    ENCRYPTION_KEY_FILE: files.join(','),
  })

t.test('sealed rows are learnt with the values that they had; those of a key that is gone are left out', async (t) => {
  const stages = [
    { files: [old], rows: kindRows(150, 3, 0.2) },
    { files: [lost, old], rows: kindRows(40, 4, 0.2) },
    { files: [fresh, old], rows: kindRows(150, 5, 0.2) },
  ]
  let client: TestService | undefined
  for (const { files, rows } of stages) {
    const isFirst = client === undefined
    await client?.service.close()
    client = await start(...files)
    // What projects want of the log is read then.
    await client.service.whenReconciled
    if (isFirst) {
      await deployNoise(client, 'sealed')
      await client.put('/api/projects/sealed/monitoring', { log: 'all', outcome_days: 0 })
    }
    await predictKinds(client, database, 'sealed', rows)
  }
  const { post } = client as TestService
  const { rows: kept } = await database.owner.query(
    `select count(*)::int as n, count(features)::int as clear, count(distinct substr(header, 25, 8))::int as keys
     from ml_worker.predictions join ml_worker.prediction_batches using (batch_id)`,
  )
  t.same(kept, [{ n: 340, clear: 0, keys: 3 }])

  const { id } = (await post('/api/projects/sealed/retrainings', { data: 'log', log_rows_min: 100 })).body
  const done = await retrainingIn(client as TestService, 'sealed', id)
  const leftOut = [{ reason: 'unreadable', rows: 40 }]
  t.match(done, { outcome: 'promoted', challenger: 2, log: { rows: 240, held_back: 60, left_out: leftOut } })
  const learnt = await linesOf(client as TestService, done.dataset_id)
  const heldBack = await linesOf(client as TestService, done.log.held_back_dataset_id)
  const valuesOf = ({ a, b, kind }: Record<string, unknown>) => `${a} ${b} ${kind}`
  const readable = [stages[0], stages[2]].flatMap((stage) => stage?.rows.map((row) => valuesOf({ ...row })))
  t.same([...learnt, ...heldBack].map(valuesOf).sort(), readable.sort())

  const values = stages.map(({ rows }) => String(rows[0]?.a))
  const inTheClear: string[] = []
  for (const entry of await readdir(DATA_DIR, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const bytes = entry.isFile() ? await readFile(path).catch(() => Buffer.alloc(0)) : Buffer.alloc(0)
    if (values.some((value) => bytes.includes(value))) inTheClear.push(path)
  }
  t.same(inTheClear, [], 'the data sets that were made of them are encrypted as all are')
})
