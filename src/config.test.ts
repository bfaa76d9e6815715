import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { ConfigError, readConfig, trainerEnvironment, unreadUrlParameters } from './config.ts'
import { unreadParameters } from './database/connection-settings.ts'

t.test('an empty environment gives the defaults', async (t) => {
  const { MEMORY_BUDGET_MB, ...others } = readConfig({}, false)
  const memoryMib = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()) / 2 ** 20
  t.equal(MEMORY_BUDGET_MB, Math.max(256, Math.min(8192, Math.floor(memoryMib / 4))))
  t.same(others, {
    DEPLOY_TIMEOUT_SECONDS: 1_800,
    DATABASE_URL: '',
    DATABASE_URL_FILE: '',
    OWN_DATABASE_URL: '',
    OWN_DATABASE_URL_FILE: '',
    MIGRATE: 'off',
    ENCRYPTION_KEY_FILE: '',
    SIGNING_KEY_FILE: '',
    SIGNING_TRUSTED_KEYS: '',
    REVIEW_SELF: 'refuse',
    SIGNATURES: 'optional',
    WEBHOOK_ALLOWED_HOSTS: '',
    WEBHOOK_TIMEOUT_SECONDS: 20,
    WEBHOOK_RETRY_SECONDS: '5,300,1800,7200,18000,36000,50400,72000,86400',
    WEBHOOK_DELIVERIES_DAYS: 30,
    SMTP_URL: '',
    SMTP_URL_FILE: '',
    MAIL_FROM: '',
    ALERTS_DAYS: 400,
    EXPERIMENT_ROWS_DAYS: 90,
    AZURE_TENANT_ID: '',
    AZURE_CLIENT_ID: '',
    AZURE_CLIENT_SECRET: '',
    AZURE_CLIENT_SECRET_FILE: '',
    AZURE_FEDERATED_TOKEN_FILE: '',
    AZURE_AUTHORITY_URL: 'https://login.microsoftonline.com',
    AZURE_RESOURCE_MANAGER_URL: 'https://management.azure.com',
    AZURE_ML_SUBSCRIPTION_ID: '',
    AZURE_ML_RESOURCE_GROUP: '',
    AZURE_ML_WORKSPACE: '',
    AZURE_ML_DATASTORE: '',
    AZURE_ML_IMAGE: '',
    AZURE_ML_INSTANCE_TYPE: 'Standard_F2s_v2',
    AZURE_ML_NAME_PREFIX: 'mlw',
    AZURE_ML_ENDPOINT_AUTH: 'key',
    KSERVE_IMAGE: '',
    KSERVE_NAMESPACE: 'default',
    KSERVE_BUNDLES: 'worker',
    KSERVE_TOKEN_SECRET: '',
    KSERVE_SERVICE_ACCOUNT: '',
    KUBERNETES_API_URL: 'https://kubernetes.default.svc',
    KUBERNETES_TOKEN_FILE: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    KUBERNETES_CA_FILE: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
    PUBLIC_URL: '',
    STORAGE_DRIVER: 'local',
    LOCAL_STORAGE_DIR: '',
    S3_ENDPOINT: '',
    S3_PUBLIC_ENDPOINT: '',
    S3_REGION: 'us-east-1',
    S3_BUCKET: '',
    S3_ACCESS_KEY: '',
    S3_ACCESS_KEY_FILE: '',
    S3_SECRET_KEY: '',
    S3_SECRET_KEY_FILE: '',
    GCS_BUCKET: '',
    GCS_CREDENTIALS_FILE: '',
    GCS_ENDPOINT: '',
    AZURE_STORAGE_CONTAINER: '',
    AZURE_STORAGE_ACCOUNT: '',
    AZURE_STORAGE_KEY: '',
    AZURE_STORAGE_KEY_FILE: '',
    AZURE_STORAGE_CONNECTION_STRING: '',
    AZURE_STORAGE_CONNECTION_STRING_FILE: '',
    AZURE_STORAGE_ENDPOINT: '',
    URL_EXPIRE_SECONDS: 3600,
    MAX_UPLOAD_SIZE_MB: 200,
    RUN_RECORDS_DAYS: 90,
    DATASET_DAYS: 0,
    ACCESS: 'open',
    TLS_CERT_FILE: '',
    TLS_KEY_FILE: '',
    TLS_KEY_PASSPHRASE_FILE: '',
    TLS_CLIENT_CA_FILE: '',
    METRICS_ACCESS: 'required',
    FAILED_LOGINS_PER_MINUTE: 20,
    JWT_ISSUER: '',
    JWT_AUDIENCE: '',
    JWT_JWKS_URL: '',
    JWT_ALGORITHMS: 'RS256,PS256,ES256,EdDSA',
    JWT_ROLES_CLAIM: 'roles',
    JWT_ROLES_MAP: '',
    JWT_CLOCK_SKEW_SECONDS: 30,
    TRUST_PROXY: '',
    RATE_LIMIT_PER_SECOND: 0,
    RATE_LIMIT_BURST: 0,
    BODIES_IN_FLIGHT_MAX: 0,
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
    ML_WORKER_URL: '',
    ML_WORKER_TOKEN: '',
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
  ['STORAGE_DRIVER', 'ftp'],
  ['S3_ENDPOINT', 'minio:9000'],
  ['URL_EXPIRE_SECONDS', '604801'],
  ['RUN_RECORDS_DAYS', '0'],
  ['ACCESS', 'closed'],
  ['RATE_LIMIT_PER_SECOND', '-1'],
  ['TRUST_PROXY', 'proxy.example'],
  ['TRUST_PROXY', '10.0.0.7,10.0.0.0/33'],
  ['TRUST_PROXY', '10.0.0.0/0'],
  ['TRUST_PROXY', '2001:db8::/129'],
  ['TRUST_PROXY', 'true'],
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
  t.same(
    unreadParameters('postgresql://u:p@h/d?options=-c%20a%3Db&currentSchema=app&binaryTransfer=true', 'DATABASE_URL'),
    [
      'the parameter "currentSchema" of DATABASE_URL is not read; alter role … set search_path = … says it',
      'the parameter "binaryTransfer" of DATABASE_URL is not read',
    ],
  )
  const OWN_DATABASE_URL = 'postgresql://u:p@h/d?reWriteBatchedInserts=true'
  t.same(unreadUrlParameters(readConfig({ OWN_DATABASE_URL }, false)), [
    'the parameter "reWriteBatchedInserts" of OWN_DATABASE_URL is not read',
  ])
  const { DATABASE_URL } = readConfig({ DATABASE_URL: 'postgresql://u:p%2Fq@h/d?application_name=my app ' }, false)
  t.match(new pg.Client(DATABASE_URL), { password: 'p/q', database: 'd' }, 'a space changes no other character')
})

t.test('a URL that is none, or whose escapes are none, is told by its setting, and no word of it', (t) => {
  const jwt = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }
  for (const [name, scheme, others] of [
    ['DATABASE_URL', 'postgresql', {}],
    ['OWN_DATABASE_URL', 'postgresql', {}],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http', {}],
    ['JWT_JWKS_URL', 'https', jwt],
    ['S3_ENDPOINT', 'https', {}],
    ['S3_PUBLIC_ENDPOINT', 'https', {}],
    ['GCS_ENDPOINT', 'https', {}],
    ['AZURE_STORAGE_ENDPOINT', 'https', {}],
    ['AZURE_AUTHORITY_URL', 'https', {}],
    ['AZURE_RESOURCE_MANAGER_URL', 'https', {}],
  ] as const) {
    for (const [rest, says] of [
      ['u:okapi%w@host/d', 'write the character % itself as %25'],
      ['u:okapi%@host/d', 'write the character % itself as %25'],
      ['u:okapi@host:port/d', 'expected'],
    ] as const) {
      try {
        readConfig({ ...others, [name]: `${scheme}://${rest}` }, false)
        t.fail(`${name} ${rest}`)
      } catch (error) {
        t.ok(error instanceof ConfigError)
        t.match((error as Error).message, new RegExp(`^The configuration has faults: ${name}: .*${says}`))
        t.notMatch((error as Error).message, 'okapi')
      }
    }
  }
  t.end()
})

t.test('a driver without its settings is refused, with what it lacks', async (t) => {
  const faultOf = (environment: Record<string, string>): string => {
    try {
      readConfig(environment, false)
      return 'none'
    } catch (error) {
      return (error as Error).message
    }
  }
  const s3 = { STORAGE_DRIVER: 's3', S3_BUCKET: 'b' }
  const azure = { STORAGE_DRIVER: 'azure', AZURE_STORAGE_CONTAINER: 'c' }
  t.match(faultOf({ STORAGE_DRIVER: 's3' }), /: S3_BUCKET is missing: STORAGE_DRIVER=s3 needs it$/)
  t.match(faultOf({ ...s3, S3_ACCESS_KEY: 'a' }), /: S3_SECRET_KEY is missing/)
  t.equal(faultOf(s3), 'none', 'the machine may have a role')
  t.match(faultOf({ STORAGE_DRIVER: 'gcs' }), /GCS_BUCKET is missing/)
  t.match(faultOf(azure), /AZURE_STORAGE_ACCOUNT is missing.*AZURE_STORAGE_KEY is missing/)
  const both = { AZURE_STORAGE_CONNECTION_STRING: 'x', AZURE_STORAGE_KEY: 'very-secret' }
  t.match(faultOf({ ...azure, ...both }), /expected it alone/)
  t.notMatch(faultOf({ ...azure, ...both }), /very-secret/)
  t.equal(faultOf({ ...azure, AZURE_STORAGE_CONNECTION_STRING: 'x' }), 'none')
})

t.test('secrets may lie in files, and trainings get none of them', async (t) => {
  const folder = t.testdir({ secret: 'very-secret\n' })
  const environment = {
    STORAGE_DRIVER: 's3',
    S3_BUCKET: 'b',
    S3_ACCESS_KEY: 'name',
    S3_SECRET_KEY_FILE: join(folder, 'secret'),
    AWS_SECRET_ACCESS_KEY: 'other',
    GOOGLE_APPLICATION_CREDENTIALS: '/x',
    AZURE_STORAGE_KEY: 'key',
    AZURE_CLIENT_SECRET_FILE: join(folder, 'secret'),
    AZURE_FEDERATED_TOKEN_FILE: '/z',
    GCS_CREDENTIALS_FILE: '/y',
    PATH: '/bin',
  }
  t.match(readConfig(environment, false), {
    S3_ACCESS_KEY: 'name',
    S3_SECRET_KEY: 'very-secret',
    AZURE_CLIENT_SECRET: 'very-secret',
  })
  t.throws(() => readConfig({ ...environment, S3_SECRET_KEY: 'x' }, false), /S3_SECRET_KEY_FILE are both given/)
  t.throws(() => readConfig({ S3_ACCESS_KEY_FILE: join(folder, 'none') }, false), /S3_ACCESS_KEY_FILE: ENOENT/)
  const passed = trainerEnvironment({ DATA_DIR: 'd' }, environment)
  t.same(passed, { STORAGE_DRIVER: 's3', S3_BUCKET: 'b', PATH: '/bin', DATA_DIR: 'd' })
})
