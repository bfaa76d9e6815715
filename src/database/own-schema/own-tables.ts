// The two schemas of the worker, the tables in them, and the rights that its run-time role needs. No DDL is among them.

/** Holds the worker's own tables. */
export const OWN_SCHEMA = 'ml_worker'
/** Holds the tables of pg-boss. */
export const JOBS_SCHEMA = 'ml_jobs'
/** Of node-pg-migrate: the migrations that have run. */
export const MIGRATIONS_TABLE = 'migrations'

export type TableRight = 'select' | 'insert' | 'update' | 'delete'

export const ALL_RIGHTS: readonly TableRight[] = ['select', 'insert', 'update', 'delete']

/** By table of ml_worker. docs/own-schema.md is tested against it. */
export const OWN_TABLES: Readonly<Record<string, readonly TableRight[]>> = {
  [MIGRATIONS_TABLE]: ['select'],
  run_records: ALL_RIGHTS,
  run_log_lines: ['select', 'insert', 'delete'],
}

/** The statements that give a role what it needs at run time. role: quoted where its name needs that. */
export function grantsTo(role: string): string[] {
  const ofTables = Object.entries(OWN_TABLES).map(
    ([table, rights]) => `grant ${rights.join(', ')} on ${OWN_SCHEMA}.${table} to ${role}`,
  )
  return [
    `grant usage on schema ${OWN_SCHEMA}, ${JOBS_SCHEMA} to ${role}`,
    ...ofTables,
    `grant ${ALL_RIGHTS.join(', ')} on all tables in schema ${JOBS_SCHEMA} to ${role}`,
    `grant usage on all sequences in schema ${JOBS_SCHEMA} to ${role}`,
  ]
}

/** The statements that make the schemas; role: who owns them, and fills them. */
export function schemasFor(role: string): string[] {
  return [OWN_SCHEMA, JOBS_SCHEMA].map((schema) => `create schema ${schema} authorization ${role}`)
}
