// The SQL that brings the worker's own schemas up to date, as text: what --plan prints, and what a database
// administrator can run by hand in place of the command.

import { type ExpectedSchema, readMigration } from './expected-schema.ts'
import type { SchemaState } from './judge-schema.ts'
import type { FoundSchema } from './look-at-schema.ts'
import { grantsTo, JOBS_SCHEMA, MIGRATIONS_TABLE, OWN_SCHEMA } from './own-tables.ts'

/** grantTo: the run-time role, quoted where its name needs that; undefined grants nothing. Empty when nothing is to be done. */
export async function planMigration(
  { schemas, tables, migrations = [], jobsVersion }: FoundSchema,
  expected: ExpectedSchema,
  { name }: Pick<SchemaState, 'name'>,
  grantTo: string | undefined,
): Promise<string> {
  const parts: string[] = []
  if (name === 'absent' || name === 'behind') {
    for (const schema of [OWN_SCHEMA, JOBS_SCHEMA]) if (!schemas.has(schema)) parts.push(`create schema ${schema};`)
    if (!tables.has(`${OWN_SCHEMA}.${MIGRATIONS_TABLE}`)) parts.push(CREATE_MIGRATIONS_TABLE)
    for (const waiting of expected.migrations.filter((each) => !migrations.includes(each))) {
      const mark = `insert into ${OWN_SCHEMA}.${MIGRATIONS_TABLE} (name, run_on) values ('${waiting}', now());`
      parts.push(`begin;\n${(await readMigration(waiting)).trim()}\n${mark}\ncommit;`)
    }
    const ofJobs = await jobsMigration(jobsVersion, expected.jobsVersion)
    if (ofJobs !== undefined) parts.push(ofJobs.trim())
  }
  if (grantTo !== undefined) parts.push(`${grantsTo(grantTo, expected.rights).join(';\n')};`)
  return parts.join('\n\n')
}

/** As node-pg-migrate makes it. */
const CREATE_MIGRATIONS_TABLE = `create table ${OWN_SCHEMA}.${MIGRATIONS_TABLE} (
  id serial primary key,
  name varchar(255) not null,
  run_on timestamp not null
);`

/** What pg-boss says of its own tables: statements in one transaction. Undefined when they are up to date. */
export async function jobsMigration(version: number | undefined, expectedVersion: number): Promise<string | undefined> {
  if (version !== undefined && version >= expectedVersion) return undefined
  const { getConstructionPlans, getMigrationPlans } = await import('pg-boss')
  if (version === undefined) return getConstructionPlans(JOBS_SCHEMA, { createSchema: false })
  return getMigrationPlans(JOBS_SCHEMA, version)
}
