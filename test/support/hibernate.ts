// A database with the tables as Hibernate generates them, and ids beyond 2^31.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createTestDatabase, type TestDatabase } from './database.ts'

/** identity: bigint with a default · auto: bigint without one, of sequences in steps of 50 · lob: results as oid. */
export type HibernateTables = 'identity' | 'auto' | 'lob'

/** Larger than what an integer of 32 bits holds. */
export const FIRST_ID = 3_000_000_001

export async function createHibernateDatabase(t: Test, tables: HibernateTables): Promise<TestDatabase> {
  const database = await createTestDatabase(t)
  const { owner } = database
  await owner.query('drop table model_run_metrics, model_runs, models')
  await owner.query(await readFile(join(import.meta.dirname, `hibernate/${tables}.sql`), 'utf8'))
  if (tables === 'auto') {
    for (const table of ['models', 'model_runs', 'model_run_metrics']) {
      await owner.query(`alter sequence ${table}_seq restart with ${FIRST_ID}`)
    }
  } else {
    for (const table of ['models', 'model_runs', 'model_run_metrics']) {
      await owner.query(`alter table ${table} alter id restart with ${FIRST_ID}`)
    }
  }
  const id = (table: string): string => (tables === 'auto' ? `nextval('${table}_seq')` : 'default')
  return {
    ...database,
    async registerModel(model) {
      const { rows } = await owner.query(
        `insert into models (id, name, type, class_name, features_ok, pipeline_ok)
         values (${id('models')}, $1, 'model', $1, true, false) returning id`,
        [model],
      )
      return Number(rows[0].id)
    },
    async insertRun(model, status = 'PENDING') {
      const { rows } = await owner.query(
        `insert into model_runs (id, model_id, run_date, run_status)
         values (${id('model_runs')}, (select id from models where name = $1), now(), $2) returning id`,
        [model, status],
      )
      return Number(rows[0].id)
    },
  }
}
