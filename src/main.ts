// The process: reads the configuration, starts the service, and stops it when it is told to.
import { flushCompileCache } from 'node:module'
import closeWithGrace from 'close-with-grace'
import { ConfigError, readConfig, unreadVariables } from './config.ts'
import { DataDirInUseError } from './data-folder/data-dir.ts'
import { unreadParameters } from './database/connection-settings.ts'
import { EmbeddedPostgresError } from './database/embedded-postgres.ts'
import { createLog } from './log.ts'
import { type Service, startService } from './service.ts'

/** What a stop may take beyond the grace of the running training. */
const CLOSE_MARGIN_MS = 10_000

async function main(): Promise<void> {
  // Files that it and its trainings write are the owner's alone.
  process.umask(0o066)
  const config = readConfig()
  const { log, end } = await createLog({ level: config.LOG_LEVEL, format: config.LOG_FORMAT })
  for (const line of [...unreadVariables(), ...unreadParameters(config.DATABASE_URL)]) log.warn(line)
  let service: Service | undefined
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
    service = await startService(config, log)
  } catch (error) {
    await end()
    throw error
  }
  // Now, for a service may end by SIGKILL.
  flushCompileCache()
}

main().catch((error) => {
  const isExpected = [ConfigError, EmbeddedPostgresError, DataDirInUseError].some((kind) => error instanceof kind)
  process.stderr.write(`${isExpected ? error.message : (error?.stack ?? error)}\n`)
  process.exit(1)
})
