// What this version of the code expects of the worker's own schemas: the migrations that its rooms bring, the rights on
// their tables, and the version of pg-boss.
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { ALL_RIGHTS, MIGRATIONS_TABLE, type TableRight } from './own-tables.ts'

const ROOMS = resolve(import.meta.dirname, '../..')
/** Migrations lie in the folder of the room whose tables they are. They run in the order of their names, over all rooms. */
export const MIGRATIONS = join(ROOMS, '*/migrations/*.sql')

export interface ExpectedSchema {
  /** Names of the migrations without .sql, in the order in which they run. */
  readonly migrations: readonly string[]
  /** What the run-time role may do, by table of ml_worker. */
  readonly rights: TableRights
  readonly jobsVersion: number
}

export type TableRights = Readonly<Record<string, readonly TableRight[]>>

/**
 * Loads neither of the two packages. Throws when two migrations have one number, or one says nothing of the rights on a
 * table that it makes.
 */
export async function readExpectedSchema(): Promise<ExpectedSchema> {
  const files = await listMigrations()
  const rights: Record<string, readonly TableRight[]> = { [MIGRATIONS_TABLE]: ['select'] }
  for (const path of files) Object.assign(rights, rightsIn(path, await readFile(path, 'utf8')))
  const path = createRequire(import.meta.url).resolve('pg-boss/package.json')
  const { pgboss } = JSON.parse(await readFile(path, 'utf8')) as { pgboss: { schema: number } }
  return { migrations: files.map(nameOf), rights, jobsVersion: pgboss.schema }
}

/** The SQL of a migration. */
export async function readMigration(name: string): Promise<string> {
  const path = (await listMigrations()).find((file) => nameOf(file) === name)
  if (path === undefined) throw new Error(`there is no migration ${name}`)
  return readFile(path, 'utf8')
}

async function listMigrations(): Promise<string[]> {
  const rooms = await readdir(ROOMS, { withFileTypes: true })
  const folders = rooms.filter((room) => room.isDirectory()).map(({ name }) => join(ROOMS, name, 'migrations'))
  const files = (await Promise.all(folders.map(sqlFilesIn))).flat()
  const sorted = files.toSorted((a, b) => (basename(a) < basename(b) ? -1 : 1))
  const numbers = sorted.map((file) => Number.parseInt(basename(file), 10))
  for (const [i, number] of numbers.entries()) {
    if (number > (numbers[i - 1] ?? 0)) continue
    throw new Error(`the name of the migration ${sorted[i]} must begin with a number that no other has`)
  }
  return sorted
}

/** Not by glob(): loading its patterns took a sixtieth of the processor time of a start. None where there is no folder. */
async function sqlFilesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.sql')).map((name) => join(folder, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

const nameOf = (path: string): string => basename(path, '.sql')

/** Of lines like "-- rights on run_records: select, insert". Throws when a table that is made here has none. */
function rightsIn(path: string, sql: string): TableRights {
  const rights: Record<string, readonly TableRight[]> = {}
  for (const [, table = '', list = ''] of sql.matchAll(/^-- rights on (\w+): (.+)$/gm)) {
    const named = list.split(',').map((right) => right.trim())
    const unknown = named.filter((right) => !ALL_RIGHTS.includes(right as TableRight))
    if (unknown.length > 0) throw new Error(`${path}: expected rights of ${ALL_RIGHTS.join(', ')}, got ${unknown}`)
    rights[table] = named as TableRight[]
  }
  for (const [, table = ''] of sql.matchAll(/^create table ml_worker\.(\w+)/gim)) {
    if (rights[table] === undefined) throw new Error(`${path}: expected a line "-- rights on ${table}: select, …"`)
  }
  return rights
}
