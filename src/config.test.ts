import { availableParallelism, totalmem } from 'node:os'
import t from 'tap'
import { ConfigError, readConfig } from './config.ts'
import { unreadParameters } from './database/connection-settings.ts'

t.test('an empty environment gives the defaults', async (t) => {
  const { MEMORY_BUDGET_MB, ...others } = readConfig({}, false)
  const memoryMib = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()) / 2 ** 20
  t.equal(MEMORY_BUDGET_MB, Math.max(256, Math.min(8192, Math.floor(memoryMib / 4))))
  t.same(others, {
    DATABASE_URL: '',
    DATABASE_URL_FILE: '',
    OWN_DATABASE_URL: '',
    OWN_DATABASE_URL_FILE: '',
    MIGRATE: 'off',
    STORAGE_DRIVER: 'local',
    LOCAL_STORAGE_DIR: '',
    RUN_RECORDS_DAYS: 90,
    ACCESS: 'open',
    METRICS_ACCESS: 'required',
    JWT_ISSUER: '',
    JWT_AUDIENCE: '',
    JWT_JWKS_URL: '',
    JWT_ALGORITHMS: 'RS256,PS256,ES256,EdDSA',
    JWT_ROLES_CLAIM: 'roles',
    JWT_ROLES_MAP: '',
    JWT_CLOCK_SKEW_SECONDS: 30,
    ALLOWED_HOSTS: '',
    HOST: '127.0.0.1',
    PORT: 5001,
    MODELS_DIR: 'statistical',
    DATA_DIR: '.data',
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'auto',
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
    NOTIFY_CHANNEL: '',
    OTEL_SERVICE_NAME: 'ml-worker',
    BODY_LIMIT_MB: 1024,
    TRAIN_QUEUE_LIMIT: 100,
    TRAIN_TIMEOUT_SECONDS: 3600,
    TRAIN_MEMORY_MB: 4096,
    TRAIN_THREADS: availableParallelism(),
    PREDICT_CACHE_MB: 512,
    PREDICT_TIMEOUT_SECONDS: 30,
    OVERLOAD_DELAY_MS: 250,
    RECOVERY_GRACE_SECONDS: 30,
    SHUTDOWN_GRACE_SECONDS: 10,
  })
})

t.test('takes what the environment says, as numbers where numbers are meant', async (t) => {
  const config = readConfig({ PORT: '0', TRAIN_THREADS: '3', DATABASE_URL: 'postgres://u:p@h:1/d', OTHER: 'x' }, false)
  t.match(config, { PORT: 0, TRAIN_THREADS: 3, DATABASE_URL: 'postgres://u:p@h:1/d' })
  t.notOk('OTHER' in config)
})

t.test('names every fault at once', async (t) => {
  const environment = {
    DATABASE_URL: 'mysql://h/d',
    PORT: '65536',
    LOG_LEVEL: 'loud',
    HOST: '',
    TRAIN_QUEUE_LIMIT: '0',
    TRAIN_MEMORY_MB: '255',
    BODY_LIMIT_MB: 'many',
    TRAIN_THREADS: '1.5',
  }
  try {
    readConfig(environment, false)
    t.fail('it took them')
  } catch (error) {
    t.ok(error instanceof ConfigError)
    const { message } = error as Error
    for (const name of Object.keys(environment)) t.match(message, name)
    t.match(message, /LOG_LEVEL .*: trace, debug, info/)
    t.notMatch(message, /\n/)
  }
})

for (const [name, value] of [
  ['PORT', '-1'],
  ['PORT', ''],
  ['TRAIN_TIMEOUT_SECONDS', '0'],
  ['TRAIN_TIMEOUT_SECONDS', '2000001'],
  ['PREDICT_TIMEOUT_SECONDS', '1e9'],
  ['SHUTDOWN_GRACE_SECONDS', '0'],
  ['BODY_LIMIT_MB', '65537'],
  ['MODELS_DIR', ''],
  ['DATA_DIR', ''],
  ['LOG_FORMAT', 'xml'],
  ['MIGRATE', 'always'],
  ['OWN_DATABASE_URL', 'mysql://h/d'],
  ['STORAGE_DRIVER', 's3'],
  ['RUN_RECORDS_DAYS', '0'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
] as const) {
  t.test(`refuses ${name}=${value}`, async (t) => {
    t.throws(() => readConfig({ [name]: value }, false), { name: 'ConfigError', message: new RegExp(name) })
  })
}

t.test('a URL of another kind is answered with the form, and a misspelt parameter of TLS is refused', async (t) => {
  const faultOf = (DATABASE_URL: string): string => {
    try {
      readConfig({ DATABASE_URL }, false)
      return 'none'
    } catch (error) {
      return (error as Error).message
    }
  }
  t.match(faultOf('jdbc:postgresql://h/d'), /DATABASE_URL: expected postgresql:\/\/user:password@host:port\/database$/)
  for (const name of ['sslmod', 'sslMode', 'SSLMODE', 'sslrootCert']) {
    t.match(faultOf(`postgresql://u:p@h/d?${name}=verify-full`), `the parameter "${name}" is unknown`)
  }
  t.equal(faultOf('postgresql://u:p@h/d?sslmode=require&currentSchema=app'), 'none')
  t.same(unreadParameters('postgresql://u:p@h/d?options=-c%20a%3Db&currentSchema=app&binaryTransfer=true'), [
    'the parameter "currentSchema" of DATABASE_URL is not read; alter role … set search_path = … says it',
    'the parameter "binaryTransfer" of DATABASE_URL is not read',
  ])
})
