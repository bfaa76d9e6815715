// A database with the three tables and the worker's own schema. Those of the tests are copies of it: a copy takes a fifth of
// the time of sixty migrations.
import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import pino from 'pino'
import { MIGRATIONS, readExpectedSchema } from '../../src/database/own-schema/expected-schema.ts'
import { migrateOwnSchema } from '../../src/database/own-schema/migrate.ts'
import { createTables } from '../../src/database/schema.ts'
import { urlOf, withClient } from './postgres.ts'

/** Of the files that make it, one after the other. Arbitrary: "MLWT". */
const LOCK = 0x4d4c5754
const PREFIX = 'ml_worker_template_'

let name: Promise<string> | undefined

/** The name of the template on the server, where it is made once. adminUrl: of another database of a superuser. */
export function ownTemplate(adminUrl: string): Promise<string> {
  name ??= makeTemplate(adminUrl)
  return name
}

/** Of a server that stays when the tests are over. */
export async function removeOwnTemplates(adminUrl: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rows } = await client.query(`select datname from pg_database where starts_with(datname, '${PREFIX}')`)
    for (const { datname } of rows) await client.query(`drop database if exists ${datname}`)
  })
}

async function makeTemplate(adminUrl: string): Promise<string> {
  const made = PREFIX + (await digestOfContent())
  const begun = `${PREFIX}begun`
  return withClient(adminUrl, async (client) => {
    await client.query(`select pg_advisory_lock(${LOCK})`)
    const { rowCount } = await client.query('select from pg_database where datname = $1', [made])
    if (rowCount !== 0) return made
    await client.query(`drop database if exists ${begun}`)
    await client.query(`create database ${begun}`)
    const url = urlOf(adminUrl, begun)
    await withClient(url, createTables)
    await migrateOwnSchema(url, { log: pino({ level: 'silent' }) })
    await client.query(`alter database ${begun} rename to ${made}`)
    return made
  })
}

/** A server may outlive a change of a migration. */
async function digestOfContent(): Promise<string> {
  const hash = createHash('sha256').update(`${createTables} ${(await readExpectedSchema()).jobsVersion}`)
  for (const path of globSync(MIGRATIONS).sort()) hash.update(await readFile(path))
  return hash.digest('hex').slice(0, 16)
}
