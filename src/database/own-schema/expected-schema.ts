// What this version of the code expects of the worker's own schemas: its migrations, and the version of pg-boss.
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'

export const MIGRATIONS_FOLDER = resolve(import.meta.dirname, '../../../migrations')

export interface ExpectedSchema {
  /** Names of the migrations without .sql, in the order in which they run. */
  readonly migrations: readonly string[]
  readonly jobsVersion: number
}

/** Reads names and a version, and loads neither of the two packages. */
export async function readExpectedSchema(): Promise<ExpectedSchema> {
  const names = (await readdir(MIGRATIONS_FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  const path = createRequire(import.meta.url).resolve('pg-boss/package.json')
  const { pgboss } = JSON.parse(await readFile(path, 'utf8')) as { pgboss: { schema: number } }
  return { migrations: names.map((name) => basename(name, '.sql')), jobsVersion: pgboss.schema }
}

/** The SQL of a migration. */
export function readMigration(name: string): Promise<string> {
  return readFile(join(MIGRATIONS_FOLDER, `${name}.sql`), 'utf8')
}
