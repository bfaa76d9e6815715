// The PostgreSQL of the tests: the one of TEST_DATABASE_URL, or an embedded one, started before and stopped after all files.
import { readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import pino from 'pino'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'

const FOLDER = resolve(import.meta.dirname, '../../.data')
const PREFIX = 'test-postgres-'
const log = pino({ level: 'silent' })

/** Starts the server of this run of the tests, or takes over the one that runs. */
export function testPostgres(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres(folderOf(process.ppid), log)
}

/** Of a database in which a superuser makes others. */
export async function testServerUrl(): Promise<string> {
  return process.env['TEST_DATABASE_URL'] ?? (await testPostgres()).url('postgres')
}

/** The address of another database of the server. */
export function urlOf(adminUrl: string, database: string): string {
  return Object.assign(new URL(adminUrl), { pathname: `/${database}` }).href
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Stops the server of this run and removes its folder. */
export async function removeTestPostgres(): Promise<void> {
  await (await testPostgres()).stop()
  await removeFolder(folderOf(process.ppid))
}

/** Stops and removes the servers of runs that were cut off. */
export async function removeAbandoned(): Promise<void> {
  const names = await readdir(FOLDER).catch(() => [])
  for (const name of names.filter((candidate) => /^test-postgres-\d+$/.test(candidate))) {
    const runner = Number(name.slice(PREFIX.length))
    if (isAlive(runner)) continue
    await (await startEmbeddedPostgres(folderOf(runner), log)).stop().catch(() => {})
    await removeFolder(folderOf(runner))
  }
}

/** The server's, and what the worker keeps beside it. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await rm(`${folder}.passwords`, { force: true })
}

/** Each run has a server of its own: the process above a test file is tap's. */
function folderOf(runner: number): string {
  return join(FOLDER, `${PREFIX}${runner}`)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
