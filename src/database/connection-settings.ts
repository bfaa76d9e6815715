// What the URL of a database says of TLS, with the meanings that libpq gives it: pg's own reading differs.
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import pg from 'pg'

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
type SslMode = (typeof SSL_MODES)[number]

/** What a URL can say of TLS, and what is read from the environment where it is silent. */
export const SSL_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword'] as const

/** What else a URL can say: pg reads these. */
const OTHER_PARAMETERS =
  'host port user password database application_name fallback_application_name options client_encoding ' +
  'statement_timeout lock_timeout idle_in_transaction_session_timeout query_timeout keepAlive sslnegotiation'
const READ_PARAMETERS = new Set<string>([...SSL_PARAMETERS, 'ssl', ...OTHER_PARAMETERS.split(' ')])
const UNREAD_MAX = 20

/** To be handed to a client or a pool of pg's. */
export interface ConnectionSettings {
  readonly connectionString: string
  readonly ssl: ConnectionOptions | false
  /** The class to make clients of. */
  readonly Client: typeof pg.Client
  /** Why the way to the database can be read on its way; undefined where it cannot, or does not leave the machine. */
  readonly isReadable: string | undefined
}

/** The URL cannot be used; says why, without the password. */
export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError'
}

/** What a server answers to a request for TLS, in one byte. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
const PROBE_TIMEOUT_MS = 5_000
/** SQLSTATE of a log-in that pg_hba.conf does not let in. */
const NOT_LET_IN = '28000'

/** Throws DatabaseUrlError: the URL, a parameter of TLS or a mode that is none, or a certificate that cannot be read. */
export function connectionSettings(databaseUrl: string): ConnectionSettings {
  const given = parametersOf(databaseUrl)
  const mode = modeOf(given)
  const connectionString = given.rest
  const { host } = clientOf(connectionString)
  // libpq does not encrypt what stays in the machine's own sockets.
  const isSocket = host.startsWith('/')
  const isLocal = isSocket || host === 'localhost' || host === '::1' || host.startsWith('127.')
  if (isSocket || mode === undefined || mode === 'disable') {
    const why = `sslmode is ${mode ?? 'not given'}: neither encrypted nor held to a certificate`
    return { connectionString, ssl: false, Client: pg.Client, isReadable: isLocal ? undefined : why }
  }
  const ssl = tlsOf(mode, given)
  const isSure = ssl.rejectUnauthorized !== false
  const why = isSure || isLocal ? undefined : `sslmode is ${mode}: the server is not held to a certificate`
  const isChoice = mode === 'allow' || mode === 'prefer'
  return {
    connectionString,
    ssl: isChoice ? false : ssl,
    Client: isChoice ? choosing(mode, ssl, connectionString) : pg.Client,
    isReadable: why,
  }
}

/** One line for each parameter of the URL in `variable` that is not read, such as those of JDBC. */
export function unreadParameters(databaseUrl: string, variable: string): string[] {
  const names = [...new Set(new URLSearchParams(databaseUrl.split(/\?([\s\S]*)/)[1] ?? '').keys())]
  return names
    .filter((name) => !READ_PARAMETERS.has(name))
    .slice(0, UNREAD_MAX)
    .map((name) => {
      const instead = /^currentSchema$/i.test(name) ? '; alter role … set search_path = … says it' : ''
      return `the parameter ${JSON.stringify(name.slice(0, 60))} of ${variable} is not read${instead}`
    })
}

type Given = Readonly<Partial<Record<(typeof SSL_PARAMETERS)[number] | 'ssl', string>>> & { readonly rest: string }

/** Takes what is about TLS out of the URL. */
function parametersOf(databaseUrl: string): Given {
  const [base = '', query = ''] = databaseUrl.split(/\?([\s\S]*)/)
  const parameters = new URLSearchParams(query)
  const given: Record<string, string> = {}
  for (const name of parameters.keys()) {
    // Passed over it could mean less safety than was asked for.
    if (!/^ssl/i.test(name) || READ_PARAMETERS.has(name)) continue
    const known = SSL_PARAMETERS.join(', ')
    throw new DatabaseUrlError(
      `the parameter ${JSON.stringify(name.slice(0, 60))} is unknown; of TLS there are ${known}`,
    )
  }
  for (const name of [...SSL_PARAMETERS, 'ssl']) {
    const value = parameters.get(name)
    if (value !== null && value !== '') given[name] = value
    parameters.delete(name)
  }
  const left = parameters.toString()
  return { ...given, rest: left === '' ? base : `${base}?${left}` }
}

function modeOf({ sslmode, ssl, sslrootcert }: Given): SslMode | undefined {
  if (sslmode === 'no-verify') return 'require'
  if (sslmode === undefined) {
    if (ssl !== undefined) return ssl === 'true' || ssl === '1' ? 'verify-full' : 'disable'
    return sslrootcert === undefined ? undefined : sslrootcert === 'system' ? 'verify-full' : 'verify-ca'
  }
  const mode = SSL_MODES.find((one) => one === sslmode)
  if (mode !== undefined) return mode
  throw new DatabaseUrlError(`sslmode: expected one of ${SSL_MODES.join(', ')}, got ${JSON.stringify(sslmode)}`)
}

/** The authorities that a server's certificate is held to: a file, those of Node ("system"), or libpq's usual file. */
function tlsOf(mode: SslMode, given: Given): ConnectionOptions {
  const { sslmode, sslrootcert } = given
  const usual = join(homedir(), '.postgresql', 'root.crt')
  const file = sslrootcert ?? (existsSync(usual) ? usual : 'system')
  const ca = file === 'system' ? {} : { ca: readPem('sslrootcert', file) }
  const own = ownCertificate(given)
  if (mode === 'verify-full') return { ...ca, ...own }
  if (file === 'system' && mode === 'verify-ca') {
    const why = 'with public authorities anybody has such a certificate: give sslrootcert, or sslmode=verify-full'
    throw new DatabaseUrlError(`sslmode=verify-ca has no sslrootcert; ${why}`)
  }
  // With a root certificate "require" is "verify-ca", as libpq has it for those who wrote that long ago.
  const isChecked = mode === 'verify-ca' || (mode === 'require' && sslmode !== 'no-verify' && file !== 'system')
  if (isChecked) return { ...ca, ...own, checkServerIdentity: () => undefined }
  return { ...own, rejectUnauthorized: false }
}

/** What the worker proves itself with, where the server asks for a certificate. */
function ownCertificate({ sslcert, sslkey, sslpassword }: Given): ConnectionOptions {
  if (sslcert === undefined && sslkey === undefined) return {}
  if (sslcert === undefined || sslkey === undefined) {
    throw new DatabaseUrlError('sslcert and sslkey are given together or not at all')
  }
  const own = {
    cert: readPem('sslcert', sslcert),
    key: readPem('sslkey', sslkey),
    ...(sslpassword === undefined ? {} : { passphrase: sslpassword }),
  }
  try {
    createSecureContext(own)
    return own
  } catch (error) {
    const why = 'no pair of a certificate and its key, in PEM, or sslpassword does not open the key'
    throw new DatabaseUrlError(`sslcert and sslkey cannot be used: ${why} (${(error as { code?: string }).code})`)
  }
}

function readPem(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new DatabaseUrlError(`${parameter} cannot be read: ${(error as Error).message}`)
  }
}

/** A client that is not connected, to have the URL read by the one that will use it. */
function clientOf(connectionString: string): pg.Client {
  try {
    return new pg.Client({ connectionString, ssl: false })
  } catch {
    const form = 'expected postgresql://user:password@host:port/database'
    throw new DatabaseUrlError(`${form}, where characters such as @ : / # % of a password are written as %40 and so on`)
  }
}

/** A class of clients that find out before they connect whether to use TLS. */
function choosing(mode: 'allow' | 'prefer', ssl: ConnectionOptions, connectionString: string): typeof pg.Client {
  class ChoosingClient extends pg.Client {}
  const connectNow = pg.Client.prototype.connect as (callback?: (error: Error) => void) => Promise<pg.Client>
  const choose = async (client: pg.Client): Promise<void> => {
    if (!(mode === 'prefer' ? await offersTls(client) : await needsTls(connectionString))) return
    // Both look at it when they connect.
    Object.assign(client, { ssl })
    Object.assign((client as unknown as { connection: object }).connection, { ssl })
  }
  Object.assign(ChoosingClient.prototype, {
    connect(this: pg.Client, callback?: (error: Error) => void): Promise<pg.Client> | undefined {
      const chosen = choose(this)
      if (callback === undefined) return chosen.then(() => connectNow.call(this))
      void chosen.then(() => connectNow.call(this, callback), callback)
      return undefined
    },
  })
  return ChoosingClient
}

/** Asks the server. False too when it does not answer: then the connection itself says why. */
function offersTls({ host, port }: pg.Client): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (isTls: boolean): void => {
      socket.destroy()
      resolve(isTls)
    }
    socket.setTimeout(PROBE_TIMEOUT_MS, () => end(false))
    socket.once('connect', () => socket.write(SSL_REQUEST))
    socket.once('data', (answer) => end(answer.toString('latin1', 0, 1) === 'S'))
    socket.once('error', () => end(false)).once('close', () => end(false))
  })
}

/** Whether the server lets nobody in without. */
async function needsTls(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, ssl: false, connectionTimeoutMillis: PROBE_TIMEOUT_MS })
  client.on('error', () => {})
  try {
    await client.connect()
    return false
  } catch (error) {
    return (error as { code?: string }).code === NOT_LET_IN
  } finally {
    await client.end().catch(() => {})
  }
}
