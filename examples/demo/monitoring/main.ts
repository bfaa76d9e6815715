// A day of a deployed version in two minutes: it is watched, what drifts is found and told, and a challenger takes its place.
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../../src/database/embedded-postgres.ts'
import { migrateOwnSchema } from '../../../src/database/own-schema/migrate.ts'
import { SpringBoot } from '../spring-boot.ts'
import { startWorker } from '../worker.ts'
import { startReceiver } from './receiver.ts'
import { MODEL, PROJECT, Story } from './story.ts'

/** What the demonstration leaves, so that its pages can be looked at again. */
const FOLDER = fileURLToPath(new URL('../../../.demo/', import.meta.url))
const DONE = `${FOLDER}done`
const FAST_CLOCK = fileURLToPath(new URL('fast-clock.cjs', import.meta.url))
/** How long ago the story begins, in hours, and how many of its seconds pass in a second. */
const HOURS = 48
const SPEED = 1_200
const HOUR_MS = 3_600_000

/** Tells the story, once; where it was told before, only its pages are shown. Throws where it does not come to its end, and WorkerEnded. */
export async function demonstrateMonitoring(): Promise<void> {
  const isTold = existsSync(DONE)
  if (!isTold) await forgetMonitoring()
  await mkdir(FOLDER, { recursive: true })
  // PostgreSQL does not run as root: its user must get through.
  await chmod(FOLDER, 0o711)
  const log = pino({ level: 'silent' })
  const postgres = await startEmbeddedPostgres(`${FOLDER}postgres`, log)
  try {
    if (!isTold) {
      await SpringBoot.createTables(postgres.url())
      await migrateOwnSchema(postgres.url(), { log })
    }
    const settings = {
      ...{ DATABASE_URL: postgres.url(), DATA_DIR: `${FOLDER}worker` },
      ...{ REVIEW_SELF: 'allow', WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' },
    }
    if (isTold) {
      process.stdout.write('The demonstration was run before; npm run demo -- --reset forgets it.\n')
      await using worker = await startWorker(settings)
      await worker.whileItRuns((ended) => showPages(worker.url, ended))
      return
    }
    const springBoot = new SpringBoot(postgres.url(), '')
    await springBoot.registerModel({ name: MODEL, type: 'classifier' })
    await springBoot.close()
    const began = Date.now()
    const start = Math.floor((began - HOURS * HOUR_MS) / HOUR_MS) * HOUR_MS
    const clock = { FAST_CLOCK: [began, start, SPEED].join() }
    await using worker = await startWorker({ ...settings, ...clock }, [FAST_CLOCK])
    const story = new Story({ url: worker.url, databaseUrl: postgres.url(), began, start, speed: SPEED })
    await using receiver = await startReceiver((message) => story.heard(message))
    await worker.whileItRuns(async (ended) => {
      await story.tell(receiver.url)
      await writeFile(DONE, '')
      await showPages(worker.url, ended)
    })
  } finally {
    await postgres.stop()
  }
}

/** Leaves nothing of the demonstration. */
export async function forgetMonitoring(): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true, maxRetries: 20 })
}

/** Where somebody looks on, until that one has seen enough, or the worker has ended. */
async function showPages(url: string, ended: AbortSignal): Promise<void> {
  const pages = [
    `${url}/api/projects/${PROJECT}/monitoring/report?window=24h`,
    `${url}/api/projects/${PROJECT}/performance?days=2&by=hour`,
    `${url}/api/projects/${PROJECT}/alerts`,
    `${url}/api/projects/${PROJECT}/retrainings`,
  ]
  process.stdout.write(`\nLook at it:\n${pages.map((page) => `  ${page}\n`).join('')}`)
  if (!process.stdout.isTTY) return
  process.stdout.write('Ctrl-C ends it.\n')
  await once(process, 'SIGINT', { signal: ended })
}
