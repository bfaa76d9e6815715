// The process of a service: reads the configuration, starts the service, and stops it when it is told to.
import { flushCompileCache } from 'node:module'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import { BundleError } from './bundles/bundle.ts'
import { type Config, ConfigError, readConfig, unreadUrlParameters, unreadVariables } from './config.ts'
import { DataDirInUseError } from './data-folder/data-dir.ts'
import { EmbeddedPostgresError } from './database/embedded-postgres.ts'
import { EncryptionKeyError } from './encryption/key-file.ts'
import { ServiceError } from './errors.ts'
import { TlsFilesError } from './http/tls-files.ts'
import { createLog } from './log.ts'
import { SigningKeyError } from './signing/signing-keys.ts'

/** What a stop may take beyond the grace of the running training. */
const CLOSE_MARGIN_MS = 10_000

/** A service that runs. */
interface Running {
  /** Ends in order. */
  close(): Promise<void>
}

type Start = (config: Config, log: Logger) => Promise<Running>

/** Ends the process itself, with 1 and the reason where the service cannot start. */
export function runProcess(start: Start): void {
  main(start).catch((error) => {
    process.stderr.write(`${explain(error)}\n`)
    process.exit(1)
  })
}

async function main(start: Start): Promise<void> {
  // Files that it and its trainings write are the owner's alone.
  process.umask(0o066)
  const config = readConfig()
  const { log, end } = await createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT })
  for (const line of [...unreadVariables(), ...unreadUrlParameters(config)]) log.warn(line)
  let service: Running | undefined
  closeWithGrace(
    { delay: config.SHUTDOWN_GRACE_SECONDS * 1000 + CLOSE_MARGIN_MS, logger: false },
    async ({ err, signal }) => {
      if (err !== undefined) log.fatal({ err }, 'the process ends after an unexpected error')
      else log.info({ signal }, 'stopping')
      await service?.close()
      await end()
    },
  )
  try {
    service = await start(config, log)
  } catch (error) {
    await end()
    throw error
  }
  // Now, for a service may end by SIGKILL.
  flushCompileCache()
  // As V8 has it; bin/node-setup.cjs kept the young generation from growing.
  setFlagsFromString('--semi-space-growth-factor=2')
}

/** What an operator can mend is told in one line, by the setting that it is about where there is one. */
function explain(error: unknown): string {
  const told = [
    ConfigError,
    EmbeddedPostgresError,
    DataDirInUseError,
    EncryptionKeyError,
    SigningKeyError,
    TlsFilesError,
    BundleError,
    ServiceError,
  ]
  if (told.some((kind) => error instanceof kind)) {
    return (error as Error).message
  }
  const { syscall, path, address = '', message, stack } = (error ?? {}) as NodeJS.ErrnoException & { address?: string }
  if (syscall === undefined) return stack ?? String(error)
  return `The worker cannot start: ${message}${settingOf(path ?? address)}`
}

/** place: a path, or an address of the network. */
function settingOf(place: string): string {
  const { DATA_DIR, MODELS_DIR } = readConfig()
  const isBelow = (folder: string): boolean => resolve(place).startsWith(resolve(folder))
  if (place === '' || isIP(place) !== 0) return ' (HOST, PORT)'
  if (isBelow(MODELS_DIR)) return ' (MODELS_DIR)'
  return isBelow(DATA_DIR) ? ' (DATA_DIR)' : ''
}
