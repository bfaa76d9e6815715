// The way to the database: sslmode as libpq means it, held against a PostgreSQL with TLS; and URLs that cannot be used.
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import pino from 'pino'
import t from 'tap'
import { ConfigError, readConfig, unreadVariables } from '../../src/config.ts'
import { connectionSettings } from '../../src/database/connection-settings.ts'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { createPool } from '../../src/database/pool.ts'
import { makeAuthority, makeCertificate, opensslIn } from '../support/certificates.ts'
import { runCommandLine } from '../support/command-line.ts'

const folder = await mkdtemp(join(tmpdir(), 'ml-worker-test-'))
await chmod(folder, 0o711)
const silent = pino({ level: 'silent' })
const server = await startEmbeddedPostgres(join(folder, 'postgres'), silent)
t.teardown(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

for (const name of ['ours', 'others']) makeAuthority(folder, name)
// Of another name than that by which the server is called.
await makeCertificate(folder, 'server', { by: 'ours', subject: 'db', names: 'DNS:localhost' })

// In a database of its own, which is let in whatever the others are.
const owner = new pg.Pool({ connectionString: server.url('postgres'), max: 1 })
t.teardown(() => owner.end())
const { uid, gid } = await stat(join(folder, 'postgres'))
for (const file of ['server.key', 'server.crt', 'ours.crt']) {
  await chmod(join(folder, file), 0o600)
  await chown(join(folder, file), uid, gid)
}
const { port, password } = new URL(server.url())

/** Whether TLS is on, and for whom the server takes connections; options as pg_hba.conf has them. */
async function setServer(isOn: boolean, hba: 'host' | 'hostssl' = 'host', options = ''): Promise<void> {
  const lines = ['host postgres', `${hba} all`].map((whom) => `${whom} all 127.0.0.1/32 scram-sha-256`)
  await writeFile(join(folder, 'postgres/pg_hba.conf'), `${lines.join('\n')} ${options}\n`)
  await owner.query(`alter system set ssl_ca_file = '${options === '' ? '' : join(folder, 'ours.crt')}'`)
  await owner.query(`alter system set ssl_cert_file = '${join(folder, 'server.crt')}'`)
  await owner.query(`alter system set ssl_key_file = '${join(folder, 'server.key')}'`)
  await owner.query(`alter system set ssl = ${isOn ? 'on' : 'off'}`)
  await owner.query('select pg_reload_conf()')
  // The postmaster reads its files a moment after that.
  await owner.query('select pg_sleep(0.5)')
}

const urlTo = (host: string, query: string): string =>
  `postgresql://ml_worker:${password}@${host}:${port}/ml_worker${query === '' ? '' : `?${query}`}`

/** "tls", "plain" or "refused", by a pool as the service has it. */
async function wayOf(url: string): Promise<string> {
  const pool = createPool(url, silent)
  try {
    const { rows } = await pool.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()')
    return rows[0].ssl ? 'tls' : 'plain'
  } catch {
    return 'refused'
  } finally {
    await pool.close()
  }
}

const ours = `sslrootcert=${join(folder, 'ours.crt')}`
const others = `sslrootcert=${join(folder, 'others.crt')}`

t.test('sslmode means what libpq means by it', async (t) => {
  const holds = async (host: string, query: string, expected: string): Promise<void> => {
    t.equal(await wayOf(urlTo(host, query)), expected, `${host} ${query.replaceAll(folder, '')}`)
  }
  await setServer(true)
  await holds('127.0.0.1', '', 'plain')
  await holds('127.0.0.1', 'sslmode=disable', 'plain')
  await holds('127.0.0.1', 'sslmode=allow', 'plain')
  await holds('127.0.0.1', 'sslmode=prefer', 'tls')
  await holds('127.0.0.1', 'sslmode=require', 'tls')
  await holds('127.0.0.1', `sslmode=require&${ours}`, 'tls')
  await holds('127.0.0.1', `sslmode=require&${others}`, 'refused')
  await holds('127.0.0.1', `sslmode=verify-ca&${ours}`, 'tls')
  await holds('127.0.0.1', `sslmode=verify-ca&${others}`, 'refused')
  await holds('127.0.0.1', `sslmode=verify-full&${ours}`, 'refused')
  await holds('localhost', `sslmode=verify-full&${ours}`, 'tls')
  await holds('localhost', `sslmode=verify-full&${others}`, 'refused')
  await holds('localhost', 'sslmode=verify-full&sslrootcert=system', 'refused')
  await setServer(true, 'hostssl')
  await holds('127.0.0.1', 'sslmode=disable', 'refused')
  await holds('127.0.0.1', 'sslmode=allow', 'tls')
})

t.test('the same with a server that has no TLS', async (t) => {
  // Through a pool that was let in before.
  await setServer(false)
  const expected = { disable: 'plain', allow: 'plain', prefer: 'plain', require: 'refused', 'verify-full': 'refused' }
  for (const [mode, way] of Object.entries(expected)) {
    t.equal(await wayOf(urlTo('127.0.0.1', `sslmode=${mode}`)), way, mode)
  }
  t.equal(await wayOf(urlTo('127.0.0.1', `sslmode=verify-ca&${ours}`)), 'refused', 'verify-ca')
})

t.test(
  'a server that asks for a certificate lets in who has one of its authority, in the name of the role',
  async (t) => {
    const asked = { subject: 'ml_worker', names: 'DNS:worker' }
    await makeCertificate(folder, 'client', { by: 'ours', ...asked })
    await makeCertificate(folder, 'stranger', { by: 'others', ...asked })
    await makeCertificate(folder, 'colleague', { by: 'ours', ...asked, subject: 'someone' })
    opensslIn(folder)('rsa', '-aes256', '-in', 'client.key', '-out', 'locked.key', '-passout', 'pass:Okapi4417')
    const pair = (certificate: string, key = certificate): string =>
      `sslcert=${join(folder, `${certificate}.crt`)}&sslkey=${join(folder, `${key}.key`)}`
    const verified = `sslmode=verify-full&${ours}`
    await setServer(true, 'hostssl', 'clientcert=verify-full')
    for (const [query, way] of [
      [`${verified}&${pair('client')}`, 'tls'],
      [`${verified}&${pair('client', 'locked')}&sslpassword=Okapi4417`, 'tls'],
      [`sslmode=require&${pair('client')}`, 'tls'],
      [`sslmode=prefer&${pair('client')}`, 'tls'],
      [`sslmode=allow&${pair('client')}`, 'tls'],
      [verified, 'refused'],
      [`${verified}&${pair('stranger')}`, 'refused'],
      [`${verified}&${pair('colleague')}`, 'refused'],
      [`sslmode=verify-full&${others}&${pair('client')}`, 'refused'],
    ] as const) {
      t.equal(await wayOf(urlTo('localhost', query)), way, query.replaceAll(folder, ''))
    }
    const DATABASE_URL = urlTo('localhost', `${verified}&${pair('client', 'locked')}&sslpassword=Okapi4417`)
    const { out } = await runCommandLine(['doctor'], { environment: { DATABASE_URL, DATA_DIR: join(folder, 'data') } })
    t.match(out, /^ok +tls +TLSv1\.3/m)
    const faultOf = (query: string): string => {
      try {
        readConfig({ DATABASE_URL: urlTo('localhost', query) }, false)
        return 'none'
      } catch (error) {
        return (error as Error).message
      }
    }
    for (const [query, says] of [
      [`${verified}&sslcert=${join(folder, 'client.crt')}`, /sslcert and sslkey are given together/],
      [`${verified}&${pair('client', 'stranger')}`, /sslcert and sslkey cannot be used: .*KEY_VALUES_MISMATCH/],
      [`${verified}&${pair('client', 'locked')}`, /or sslpassword does not open the key/],
      [`${verified}&${pair('client', 'locked')}&sslpassword=Kudu9`, /or sslpassword does not open the key/],
      [`${verified}&sslcert=/none&sslkey=/none`, /sslcert cannot be read: ENOENT/],
    ] as const) {
      t.match(faultOf(query), says)
      t.notMatch(faultOf(query), /Kudu9|Okapi/)
    }
  },
)

t.test('what is not encrypted, or not held to a certificate, is told where it leaves the machine', async (t) => {
  const toldOf = (url: string): string | undefined => connectionSettings(url).isReadable
  for (const query of ['', '?sslmode=disable']) t.match(toldOf(`postgresql://u:p@db/d${query}`), /neither encrypted/)
  for (const mode of ['allow', 'prefer', 'require']) {
    t.match(toldOf(`postgresql://u:p@db/d?sslmode=${mode}`), /not held to a certificate/)
  }
  t.equal(toldOf(`postgresql://u:p@db/d?sslmode=verify-full&${ours}`), undefined)
  for (const local of ['localhost', '127.0.0.1']) t.equal(toldOf(`postgresql://u:p@${local}/d`), undefined)
  t.equal(toldOf('postgresql://u:p@localhost/d?host=/run/postgresql'), undefined)
})

t.test('the URL may stand in a file, and libpq’s variables say what it does not', async (t) => {
  const file = join(folder, 'url')
  const url = 'postgresql://u:p@db:5432/d'
  await writeFile(file, `${url}\n`)
  t.equal(readConfig({ DATABASE_URL_FILE: file }, false).DATABASE_URL, url)
  t.match(readConfig({ OWN_DATABASE_URL_FILE: file }, false), { OWN_DATABASE_URL: url, DATABASE_URL: '' })
  const environment = { DATABASE_URL: url, PGSSLMODE: 'verify-ca', PGSSLROOTCERT: join(folder, 'ours.crt') }
  const read = new URL(readConfig(environment, false).DATABASE_URL)
  t.equal(read.searchParams.get('sslmode'), 'verify-ca')
  t.equal(read.searchParams.get('sslrootcert'), join(folder, 'ours.crt'))
  const given = readConfig({ ...environment, DATABASE_URL: `${url}?sslmode=disable` }, false).DATABASE_URL
  t.equal(new URL(given).searchParams.get('sslmode'), 'disable')
})

t.test('a URL that cannot be used ends the start at once, in words without its password', async (t) => {
  for (const [environment, says] of [
    [{ DATABASE_URL: 'postgresql://u:se#cret@db:5432/d' }, /DATABASE_URL: expected .* written as %40/],
    [{ DATABASE_URL: 'postgresql://u:secret@db:99999/d' }, /DATABASE_URL: expected/],
    [{ DATABASE_URL: 'postgresql://u:sec%25ret@db/d?sslmode=verify' }, /sslmode: expected one of disable, allow/],
    [{ DATABASE_URL: 'postgresql://u:secret@db/d?sslmode=verify-ca' }, /verify-ca has no sslrootcert/],
    [
      { DATABASE_URL: 'postgresql://u:secret@db/d?sslmode=verify-ca&sslrootcert=/none' },
      /sslrootcert cannot be read: E/,
    ],
    [{ DATABASE_URL: 'mysql://u:secret@db/d' }, /DATABASE_URL: expected postgresql/],
    [{ DATABASE_URL_FILE: '/none' }, /DATABASE_URL_FILE: ENOENT/],
    [{ DATABASE_URL_FILE: join(folder, 'server.names') }, /DATABASE_URL_FILE: expected postgresql/],
    [{ DATABASE_URL: 'postgresql://u:secret@db/d', DATABASE_URL_FILE: '/none' }, /are both given/],
    [{ OWN_DATABASE_URL_FILE: '/none' }, /OWN_DATABASE_URL_FILE: ENOENT/],
    [{ OWN_DATABASE_URL_FILE: join(folder, 'server.names') }, /OWN_DATABASE_URL_FILE: expected postgresql/],
    [
      { OWN_DATABASE_URL: 'postgresql://u:secret@db/d', OWN_DATABASE_URL_FILE: '/none' },
      /OWN_DATABASE_URL and OWN_DATABASE_URL_FILE are both given/,
    ],
  ] as const) {
    try {
      readConfig(environment, false)
      t.fail(JSON.stringify(environment))
    } catch (error) {
      t.ok(error instanceof ConfigError)
      t.match((error as Error).message, says)
      t.notMatch((error as Error).message, /secret|se#cret|sec%/)
    }
  }
})

t.test('a variable that looks like one of ours is told', async (t) => {
  const told = unreadVariables(
    {
      DATBASE_URL: '',
      TRAIN_THREAD: '',
      DATABSE_URL: '',
      PREDICT_CACHE: '',
      MODEL_DIR: '',
      Data_Dir: '',
      TRAIN_THREADS: '',
    },
    false,
  )
  t.same(told, [
    'DATBASE_URL is not read; DATABASE_URL is',
    'TRAIN_THREAD is not read; TRAIN_THREADS is',
    'DATABSE_URL is not read; DATABASE_URL is',
    'PREDICT_CACHE is not read; no variable has that name',
    'MODEL_DIR is not read; MODELS_DIR is',
    'Data_Dir is not read; DATA_DIR is',
  ])
  const usual = [
    'HOME',
    'HOSTNAME',
    'PATH',
    'PORTS',
    'POST',
    'LOG',
    'PGHOST',
    'OTEL_BSP_SCHEDULE_DELAY',
    'NODE_ENV',
    'SSL_CERT_FILE',
    'TERM',
  ]
  t.same(unreadVariables(Object.fromEntries(usual.map((name) => [name, ''])), false), [])
  t.same(unreadVariables(process.env, false), [])
})
