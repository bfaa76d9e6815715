// What the catalog says of the worker's own schemas, for the role of this session.
import type { Queryable } from '../pool.ts'
import { JOBS_SCHEMA, MIGRATIONS_TABLE, OWN_SCHEMA, type TableRight } from './own-tables.ts'

export interface FoundSchema {
  /** Of this session, quoted where its name needs that. */
  readonly role: string
  /** Of the two schemas, those that exist, and whether this role may use them. */
  readonly schemas: ReadonlyMap<string, { readonly mayUse: boolean }>
  /** What this role may do with each table, by schema.table. */
  readonly tables: ReadonlyMap<string, readonly TableRight[]>
  /** The migrations that have run, in their order; undefined where the table is missing, or may not be read. */
  readonly migrations: readonly string[] | undefined
  /** The version of the tables of pg-boss; undefined where they are missing, or may not be read. */
  readonly jobsVersion: number | undefined
}

/** Reads the catalog and the two tables that tell versions. Throws when the database is away. */
export async function lookAtSchema(client: Queryable): Promise<FoundSchema> {
  const { rows: roles } = await client.query<{ role: string }>('select quote_ident(current_user) as role')
  const { rows: schemaRows } = await client.query<{ name: string; mayUse: boolean }>(
    `select nspname::text as name, has_schema_privilege(oid, 'usage') as "mayUse"
     from pg_namespace where nspname = any($1::text[])`,
    [[OWN_SCHEMA, JOBS_SCHEMA]],
  )
  const { rows: tableRows } = await client.query<{ name: string; rights: TableRight[] }>(
    `select n.nspname || '.' || c.relname as name,
       array(select privilege from unnest(array['select', 'insert', 'update', 'delete']) as privilege
             where has_table_privilege(c.oid, privilege)) as rights
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1::text[]) and c.relkind in ('r', 'p')`,
    [[OWN_SCHEMA, JOBS_SCHEMA]],
  )
  const schemas = new Map(schemaRows.map(({ name, mayUse }) => [name, { mayUse }]))
  const tables = new Map(tableRows.map(({ name, rights }) => [name, rights]))
  const mayRead = (schema: string, table: string): boolean =>
    schemas.get(schema)?.mayUse === true && tables.get(`${schema}.${table}`)?.includes('select') === true
  return {
    role: roles[0]?.role ?? '',
    schemas,
    tables,
    migrations: mayRead(OWN_SCHEMA, MIGRATIONS_TABLE) ? await readMigrations(client) : undefined,
    jobsVersion: mayRead(JOBS_SCHEMA, 'version') ? await readJobsVersion(client) : undefined,
  }
}

async function readMigrations(client: Queryable): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select name::text from ${OWN_SCHEMA}.${MIGRATIONS_TABLE} order by run_on, id`,
  )
  return rows.map(({ name }) => name)
}

async function readJobsVersion(client: Queryable): Promise<number | undefined> {
  const { rows } = await client.query<{ version: number }>(`select version from ${JOBS_SCHEMA}.version`)
  return rows[0]?.version
}
