// The two schemas of the worker, and the rights that its run-time role needs. No DDL is among them.

/** Holds the worker's own tables. */
export const OWN_SCHEMA = 'ml_worker'
/** Holds the tables of pg-boss. */
export const JOBS_SCHEMA = 'ml_jobs'
/** Of node-pg-migrate: the migrations that have run. */
export const MIGRATIONS_TABLE = 'migrations'

export type TableRight = 'select' | 'insert' | 'update' | 'delete'

export const ALL_RIGHTS: readonly TableRight[] = ['select', 'insert', 'update', 'delete']

/**
 * The statements that give a role what it needs at run time. role: quoted where its name needs that; ofOwnTables: by table
 * of ml_worker.
 */
export function grantsTo(role: string, ofOwnTables: Readonly<Record<string, readonly TableRight[]>>): string[] {
  const ofTables = Object.entries(ofOwnTables).map(
    ([table, rights]) => `grant ${rights.join(', ')} on ${OWN_SCHEMA}.${table} to ${role}`,
  )
  return [
    `grant usage on schema ${OWN_SCHEMA}, ${JOBS_SCHEMA} to ${role}`,
    ...ofTables,
    `grant usage on all sequences in schema ${OWN_SCHEMA} to ${role}`,
    `grant ${ALL_RIGHTS.join(', ')} on all tables in schema ${JOBS_SCHEMA} to ${role}`,
    `grant usage on all sequences in schema ${JOBS_SCHEMA} to ${role}`,
  ]
}

/** The statements that make the schemas; role: who owns them, and fills them. */
export function schemasFor(role: string): string[] {
  return [OWN_SCHEMA, JOBS_SCHEMA].map((schema) => `create schema ${schema} authorization ${role}`)
}
