// A database of its own for a test, with the three tables, gone when the test ends.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Test } from 'tap'
import { createTables } from '../../src/database/schema.ts'
import { ownTemplate } from './own-template.ts'
import { testServerUrl, urlOf, withClient } from './postgres.ts'

export interface TestDatabase {
  /** As the owner of the tables, which is Spring Boot's part. */
  readonly url: string
  readonly owner: pg.Pool
  /** Inserts a model as Spring Boot does, and gives its id. */
  registerModel(name: string): Promise<number>
  /** Inserts a run of a registered model, and gives its id. */
  insertRun(modelName: string, status?: string): Promise<number>
  run(runId: number): Promise<{ run_status: string; run_result: Buffer | null }>
  metrics(runId: number): Promise<Record<string, string>>
  /** Waits until the run is SUCCESS or FAILED, and gives which. */
  ended(runId: number): Promise<string>
  /** Everything in the three tables, to compare before and after. */
  snapshot(): Promise<string>
}

/** How long a training of the tests may take at the most. */
const END_TIMEOUT_MS = 60_000

export async function createTestDatabase(t: Test): Promise<TestDatabase> {
  const database = await createDatabase(t, 'template1')
  await createTables(database.owner)
  return database
}

/** The same with the worker's own schema, and these models registered. */
export async function createOwnDatabase(t: Test, models: readonly string[] = []): Promise<TestDatabase> {
  const database = await createDatabase(t, await ownTemplate(await testServerUrl()))
  for (const model of models) await database.registerModel(model)
  return database
}

async function createDatabase(t: Test, template: string): Promise<TestDatabase> {
  const adminUrl = await testServerUrl()
  const name = `ml_worker_test_${randomBytes(6).toString('hex')}`
  await withClient(adminUrl, (client) => client.query(`create database ${name} template ${template}`))
  const url = urlOf(adminUrl, name)
  const owner = new pg.Pool({ connectionString: url, max: 4 })
  owner.on('error', () => {})
  t.teardown(async () => {
    await owner.end()
    await withClient(adminUrl, (client) => client.query(`drop database ${name} with (force)`))
  })
  const run: TestDatabase['run'] = async (runId) => {
    const { rows } = await owner.query('select run_status, run_result from model_runs where id = $1', [runId])
    return rows[0]
  }
  return {
    url,
    owner,
    async registerModel(model) {
      const { rows } = await owner.query(
        `insert into models (name, type, class_name, features_ok, pipeline_ok) values ($1, 'model', $1, true, false)
         on conflict (name) do update set name = excluded.name returning id`,
        [model],
      )
      return rows[0].id
    },
    async insertRun(model, status = 'PENDING') {
      const { rows } = await owner.query(
        `insert into model_runs (model_id, run_date, run_status) select id, now(), $2 from models where name = $1 returning id`,
        [model, status],
      )
      return rows[0].id
    },
    run,
    async metrics(runId) {
      const { rows } = await owner.query(
        'select metric_name, metric_value from model_run_metrics where model_run_id = $1 order by id',
        [runId],
      )
      return Object.fromEntries(rows.map((row) => [row.metric_name, row.metric_value]))
    },
    async ended(runId) {
      const deadline = Date.now() + END_TIMEOUT_MS
      for (;;) {
        const { run_status } = await run(runId)
        if (run_status === 'SUCCESS' || run_status === 'FAILED') return run_status
        if (Date.now() > deadline) throw new Error(`run ${runId} is still ${run_status}`)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    },
    async snapshot() {
      const tables = await Promise.all(
        ['models', 'model_runs', 'model_run_metrics'].map((table) => owner.query(`select * from ${table} order by id`)),
      )
      return JSON.stringify(tables.map((table) => table.rows))
    },
  }
}
