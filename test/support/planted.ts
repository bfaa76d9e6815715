// Where a value that a test has planted can still be read: in the files of a folder, and in the worker's own tables.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestDatabase } from './database.ts'

/** The files below the folder that have the text in them, by their paths from there. */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // A file may go meanwhile.
    const bytes = await readFile(path).catch(() => Buffer.alloc(0))
    if (bytes.includes(text)) found.push(path.slice(folder.length + 1))
  }
  return found.sort()
}

/** The tables of the schemas with a row that has the text in it. */
export async function tablesWith({ owner }: TestDatabase, schemas: readonly string[], text: string): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = any($1) order by 1`,
    [schemas],
  )
  const found: string[] = []
  for (const { name } of rows) {
    const { rows: hits } = await owner.query(`select 1 from ${name} t where position($1 in t::text) > 0 limit 1`, [
      text,
    ])
    if (hits.length > 0) found.push(name)
  }
  return found
}
