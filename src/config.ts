// The configuration: one schema, of what each room brings and what all share. The only reader of the environment.
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { parseEnv } from 'node:util'
import { type Static, Type } from '@sinclair/typebox'
import { envSchema } from 'env-schema'
import { accessConfig, accessFaults } from './access/access-config.ts'
import { alertsConfig } from './alerts/alerts-config.ts'
import { count } from './config-values.ts'
import {
  connectionSettings,
  DatabaseUrlError,
  SSL_PARAMETERS,
  unreadParameters,
} from './database/connection-settings.ts'
import { datasetsConfig } from './datasets/datasets-config.ts'
import { deploymentsConfig } from './deployments/deployments-config.ts'
import {
  AZURE_ML_SECRET_VARIABLES,
  AZURE_ML_SECRETS,
  azureMlConfig,
} from './deployments/targets/azure-ml/azure-ml-config.ts'
import { kserveConfig } from './deployments/targets/kserve/kserve-config.ts'
import { encryptionConfig } from './encryption/encryption-config.ts'
import { experimentsConfig } from './experiments/experiments-config.ts'
import { httpConfig } from './http/http-config.ts'
import { proxiesFault } from './http/trusted-proxies.ts'
import { misspeltVariables } from './misspelt-variables.ts'
import { notificationsConfig, notificationsFaults } from './notifications/notifications-config.ts'
import { predictionConfig } from './prediction/prediction-config.ts'
import { projectsConfig } from './projects/projects-config.ts'
import { registryConfig } from './registry/registry-config.ts'
import { rowsConfig } from './rows/rows-config.ts'
import { runsConfig } from './runs/runs-config.ts'
import { signingConfig, signingFaults } from './signing/signing-config.ts'
import { faultsOfStorage, STORAGE_SECRET_VARIABLES, STORAGE_SECRETS, storageConfig } from './storage/storage-config.ts'
import { telemetryConfig } from './telemetry/telemetry-config.ts'
import { trainingConfig } from './training/training-config.ts'

const DATABASE_URL_PATTERN = '^postgres(ql)?://'
const BAD_ESCAPE = /%(?![0-9a-f]{2})/i
const BAD_ESCAPE_WORDS = 'a % is not followed by two hexadecimal digits; write the character % itself as %25'

/** A quarter of what this machine or this container has. */
function defaultBudgetMb(): number {
  // 0 where there is no limit, or more than the machine has.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return Math.max(256, Math.min(8192, Math.floor(Math.min(limit, totalmem()) / 4 / 2 ** 20)))
}

export const ConfigSchema = Type.Object({
  ...registryConfig,
  ...rowsConfig,
  ...trainingConfig,
  ...runsConfig,
  ...datasetsConfig,
  ...predictionConfig,
  ...projectsConfig,
  ...deploymentsConfig,
  ...telemetryConfig,
  ...accessConfig,
  ...encryptionConfig,
  ...signingConfig,
  ...notificationsConfig,
  ...alertsConfig,
  ...experimentsConfig,
  ...azureMlConfig,
  ...kserveConfig,
  DATABASE_URL: Type.String({
    default: '',
    pattern: `^$|${DATABASE_URL_PATTERN}`,
    description: "Spring Boot's PostgreSQL, as postgresql://user:password@host:port/database. Empty: an embedded one",
  }),
  DATABASE_URL_FILE: Type.String({
    default: '',
    description: 'A file that holds what DATABASE_URL would: for secrets that are mounted',
  }),
  OWN_DATABASE_URL: Type.String({
    default: '',
    pattern: `^$|${DATABASE_URL_PATTERN}`,
    description: "The PostgreSQL with the worker's own schemas, ml_worker and ml_jobs. Empty: that of DATABASE_URL",
  }),
  OWN_DATABASE_URL_FILE: Type.String({
    default: '',
    description: 'A file that holds what OWN_DATABASE_URL would: for secrets that are mounted',
  }),
  MIGRATE: Type.Unsafe<string>({
    type: 'string',
    enum: ['auto', 'off'],
    default: 'off',
    description:
      "auto: the worker makes and migrates its own schemas at the start, where its role may; off: npx ml-worker migrate does. The embedded PostgreSQL's are always migrated",
  }),
  HOST: Type.String({ default: '127.0.0.1', minLength: 1, description: 'Address to listen on' }),
  PORT: Type.Integer({
    default: 5001,
    minimum: 0,
    maximum: 65535,
    description: 'Port to listen on; 0 takes a free one',
  }),
  PUBLIC_URL: Type.String({
    default: '',
    pattern: '^$|^https?://[^\\s/]+',
    description: 'Where containers and people reach this worker, as https://ml-worker.example.com',
  }),
  ...httpConfig,
  ALLOWED_HOSTS: Type.String({
    default: '',
    pattern: '^[^\\s/]*$',
    description: 'Names, with commas between, under which callers and pages may call it besides its own; * is any name',
  }),
  DATA_DIR: Type.String({
    default: '.data',
    minLength: 1,
    description: 'Folder of what outlives a restart: accepted runs, records of runs, the embedded PostgreSQL',
  }),
  ...storageConfig,
  LOG_LEVEL: Type.Unsafe<string>({
    type: 'string',
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    description: 'Least level that is logged',
  }),
  LOG_FORMAT: Type.Unsafe<string>({
    type: 'string',
    enum: ['auto', 'json', 'pretty'],
    default: 'auto',
    description: 'One JSON object a line, or readable text; auto is pretty in a terminal',
  }),
  MEMORY_BUDGET_MB: count({
    default: defaultBudgetMb(),
    minimum: 64,
    maximum: 1_048_576,
    description:
      'What the work of callers may take at once in the process of the service, in MiB: tables, predictions, answers, pipelines being loaded. Default: a quarter of the memory, 256 to 8192',
  }),
  OVERLOAD_DELAY_MS: count({
    default: 250,
    maximum: 600_000,
    description: 'Mean delay of the event loop, in ms, beyond which requests are answered with 503',
  }),
  SHUTDOWN_GRACE_SECONDS: count({
    default: 10,
    maximum: 3600,
    description: 'How long a stop waits for requests and the running training',
  }),
  ML_WORKER_URL: Type.String({
    default: '',
    pattern: '^(https?://\\S+)?$',
    description:
      'Of the command line: where the worker is that it calls. Empty: on PORT of this machine. The worker itself does not read it',
  }),
  ML_WORKER_TOKEN: Type.String({
    default: '',
    description: 'Of the command line: the API token that it calls with. The worker itself does not read it',
  }),
})

export type Config = Readonly<Static<typeof ConfigSchema>>

interface SchemaFault {
  readonly instancePath: string
  readonly message?: string
  readonly params: { readonly allowedValues?: readonly string[] }
}

/** The parts of a value that is a list with commas. */
export function listOf(value: string): string[] {
  return value.split(',').filter((part) => part !== '')
}

/** Every fault of the environment, in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Reads the configuration from the environment and, where it is silent, from the file .env of the working folder.
 * Throws ConfigError with every fault.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env, readsDotenv = true): Config {
  try {
    const config = envSchema<Config>({
      schema: ConfigSchema,
      data: { ...environment },
      env: false,
      dotenv: readsDotenv,
    })
    const read: Config = {
      ...config,
      SMTP_URL: secretOf('SMTP_URL', config),
      ...Object.fromEntries([...STORAGE_SECRETS, ...AZURE_ML_SECRETS].map((name) => [name, secretOf(name, config)])),
      DATABASE_URL: databaseUrlOf('DATABASE_URL', config, environment),
      OWN_DATABASE_URL: databaseUrlOf('OWN_DATABASE_URL', config, environment),
    }
    const proxies = proxiesFault(listOf(read.TRUST_PROXY))
    const ofProxies = proxies === undefined ? [] : [`TRUST_PROXY: ${proxies}`]
    const faults = [
      ...urlFaults(read),
      ...accessFaults(read),
      ...ofProxies,
      ...faultsOfStorage(read),
      ...signingFaults(read),
      ...notificationsFaults(read),
    ]
    if (faults.length > 0) throw new ConfigError(`The configuration has faults: ${faults.join('; ')}`)
    return read
  } catch (error) {
    const faults = (error as { errors?: SchemaFault[] }).errors
    if (faults === undefined) throw error
    const lines = faults.map(({ instancePath, message, params }) => {
      const name = instancePath.slice(1)
      if (/^(OWN_)?DATABASE_URL$/.test(name)) return `${name}: expected postgresql://user:password@host:port/database`
      const allowed = params.allowedValues === undefined ? '' : `: ${params.allowedValues.join(', ')}`
      return `${name} ${message}${allowed}`
    })
    throw new ConfigError(`The configuration has faults: ${lines.join('; ')}`)
  }
}

/** Addresses of other servers, which may hold a password: no word of them is told. */
const URL_SETTINGS = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'JWT_JWKS_URL',
  'S3_ENDPOINT',
  'S3_PUBLIC_ENDPOINT',
  'GCS_ENDPOINT',
  'AZURE_STORAGE_ENDPOINT',
  'AZURE_AUTHORITY_URL',
  'AZURE_RESOURCE_MANAGER_URL',
  'KUBERNETES_API_URL',
  'PUBLIC_URL',
] as const

function urlFaults(config: Pick<Config, (typeof URL_SETTINGS)[number]>): string[] {
  return URL_SETTINGS.filter((name) => config[name] !== '').flatMap((name) => {
    if (BAD_ESCAPE.test(config[name])) return [`${name}: ${BAD_ESCAPE_WORDS}`]
    return URL.canParse(config[name]) ? [] : [`${name}: expected a URL, as https://host:port/path`]
  })
}

/** One line for each parameter of the URLs of databases that is not read. */
export function unreadUrlParameters({ DATABASE_URL, OWN_DATABASE_URL }: Config): string[] {
  const own = OWN_DATABASE_URL === DATABASE_URL ? [] : unreadParameters(OWN_DATABASE_URL, 'OWN_DATABASE_URL')
  return [...unreadParameters(DATABASE_URL, 'DATABASE_URL'), ...own]
}

/** Variables beside which a second one may name a file. */
type FileVariable = { [Name in keyof Config]: `${Name}_FILE` extends keyof Config ? Name : never }[keyof Config]

/** The value, or what its file holds, without space around it. Throws ConfigError. */
function secretOf(variable: FileVariable, config: Config): string {
  const given = config[variable]
  const file = config[`${variable}_FILE`]
  if (file === '') return given
  if (given !== '') {
    throw new ConfigError(`The configuration has faults: ${variable} and ${variable}_FILE are both given`)
  }
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new ConfigError(`The configuration has faults: ${variable}_FILE: ${(error as Error).message}`)
  }
}

/** A URL, or what its file holds, with what libpq's variables say of TLS where it is silent. Throws ConfigError. */
function databaseUrlOf(
  variable: 'DATABASE_URL' | 'OWN_DATABASE_URL',
  config: Config,
  environment: NodeJS.ProcessEnv,
): string {
  const file = config[`${variable}_FILE`]
  const name = file === '' ? variable : `${variable}_FILE`
  // pg takes what follows "%" as it is, all over the URL, where there is a space in it.
  let url = secretOf(variable, config).trim().replaceAll(' ', '%20')
  try {
    if (url === '' && file === '') return url
    if (BAD_ESCAPE.test(url)) throw new DatabaseUrlError(BAD_ESCAPE_WORDS)
    if (!new RegExp(DATABASE_URL_PATTERN).test(url)) throw new DatabaseUrlError('expected postgresql://…')
    for (const parameter of SSL_PARAMETERS) {
      const value = environment[`PG${parameter.toUpperCase()}`]
      if (value === undefined || value === '' || new RegExp(`[?&]${parameter}=`).test(url)) continue
      url += `${url.includes('?') ? '&' : '?'}${parameter}=${encodeURIComponent(value)}`
    }
    connectionSettings(url)
    return url
  } catch (error) {
    throw new ConfigError(`The configuration has faults: ${name}: ${(error as Error).message}`)
  }
}

/** What a training has no business with: the ways into database and store, where the keys lie, and what the worker's own parts log in with. */
const NOT_FOR_TRAININGS = [
  /^((OWN_)?DATABASE_URL(_FILE)?|PG[A-Z]+|OTEL_EXPORTER_OTLP_.*HEADERS|ENCRYPTION_KEY_FILE|SIGNING_KEY_FILE|KUBERNETES_TOKEN_FILE|SMTP_URL(_FILE)?|ML_WORKER_TOKEN|TLS_KEY(_PASSPHRASE)?_FILE)$/,
  STORAGE_SECRET_VARIABLES,
  AZURE_ML_SECRET_VARIABLES,
]

/**
 * The environment of a trainer process: that of the worker, for model classes may need what is in it, without the ways
 * into the database and the store.
 */
export function trainerEnvironment(
  { DATA_DIR }: Pick<Config, 'DATA_DIR'>,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !NOT_FOR_TRAININGS.some((names) => names.test(entry[0])),
  )
  return { ...Object.fromEntries(kept), DATA_DIR }
}

/** One line for each variable, of the environment or of .env, that looks like one of ours and is not read. */
export function unreadVariables(environment: NodeJS.ProcessEnv = process.env, readsDotenv = true): string[] {
  let inFile: string[] = []
  try {
    if (readsDotenv) inFile = Object.keys(parseEnv(readFileSync('.env', 'utf8')))
  } catch {}
  const names = [...new Set([...Object.keys(environment), ...inFile])]
  return misspeltVariables(names, Object.keys(ConfigSchema.properties))
}
