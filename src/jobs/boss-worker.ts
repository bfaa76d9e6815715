// The one user of pg-boss: queues, workers, repeated sends, and its end. Loaded when jobs begin.
import { randomUUID } from 'node:crypto'
import { Value } from '@sinclair/typebox/value'
import { type Job, PgBoss, type Queue } from 'pg-boss'
import type { Logger } from 'pino'
import { JOBS_SCHEMA } from '../database/own-schema/own-tables.ts'
import type { Queryable } from '../database/pool.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import type { JobKind, SendOptions } from './job-kind.ts'
import type { JobsSettings, Repeated, Worked } from './registered-jobs.ts'

export interface BossWorkerParts {
  readonly client: Queryable
  readonly repeated: readonly Repeated[]
  readonly worked: readonly Worked[]
  readonly settings: JobsSettings
  readonly log: Logger
}

export interface BossWorker {
  send(kind: JobKind, data: object, options: SendOptions): Promise<string | undefined>
  close(graceMs: number): Promise<void>
}

/** pg-boss takes no shorter time for a stop. */
const GRACE_MS_MIN = 1_000
/** How long ended jobs are kept, to look at. */
const ENDED_SECONDS = 86_400
/** How long jobs that failed for good are kept in their queue of dead letters. */
const DEAD_SECONDS = 30 * 86_400
/** How often a repeated job is looked for: four times in its interval, within these bounds. */
const REPEATED_POLL_SECONDS_MAX = 30
const POLL_SECONDS_MIN = 0.5
/** Longest turn of a repeated job. */
const REPEATED_TIMEOUT_SECONDS = 900

/** Throws when the database is away, or the tables of pg-boss are of another version. */
export async function startBossWorker(parts: BossWorkerParts): Promise<BossWorker> {
  const { client, repeated, worked, settings, log } = parts
  const boss = new PgBoss({
    db: { executeSql: (text, values) => client.query(text, values) },
    schema: JOBS_SCHEMA,
    // The run-time role has no DDL: the tables are made, and kept up to date, by migrations.
    migrate: false,
    createSchema: false,
    reindex: false,
    monitorVacuum: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
    schedule: repeated.some(({ interval }) => 'cron' in interval),
    superviseIntervalSeconds: settings.monitorSeconds,
    monitorIntervalSeconds: settings.monitorSeconds,
  })
  boss.on('error', (error) => {
    if (isDatabaseUnavailable(error)) log.debug({ err: error }, 'the jobs wait for the database')
    else log.warn({ err: error }, 'the jobs met an error')
  })
  boss.on('warning', ({ message }) => log.debug(`the jobs: ${message}`))
  const timers: NodeJS.Timeout[] = []
  const stop = async (graceMs: number): Promise<void> => {
    for (const timer of timers) clearInterval(timer)
    await boss.stop({ graceful: true, timeout: Math.max(graceMs, GRACE_MS_MIN) })
  }
  try {
    await boss.start()
    const known = new Set<string>()
    for (const each of worked) await workOn(boss, each, parts, known)
    for (const each of repeated) timers.push(...(await repeat(boss, each, parts)))
    log.debug({ repeated: repeated.length, worked: worked.length }, 'the jobs have begun')
    return {
      async send(kind, data, { afterSeconds, key }) {
        await makeQueue(boss, kind, settings, known)
        const startAfter = afterSeconds === undefined ? {} : { startAfter: afterSeconds }
        const singletonKey = key ?? randomUUID()
        return (await boss.send(kind.name, data, { ...startAfter, singletonKey })) ?? undefined
      },
      close: stop,
    }
  } catch (error) {
    await stop(0).catch(() => {})
    throw error
  }
}

/** `known` holds the queues that are there. */
async function makeQueue(
  boss: PgBoss,
  kind: JobKind,
  { heartbeatSeconds }: JobsSettings,
  known: Set<string>,
): Promise<void> {
  if (known.has(kind.name)) return
  const deadLetter = `${kind.name}-dead`
  await putQueue(boss, { name: deadLetter, retentionSeconds: DEAD_SECONDS, deleteAfterSeconds: DEAD_SECONDS })
  await putQueue(boss, {
    name: kind.name,
    // One job with a key waits at a time; one that is sent without a key gets a key of its own.
    policy: 'short',
    deadLetter,
    retryLimit: kind.retries ?? 5,
    retryDelay: kind.retryDelaySeconds ?? 5,
    retryBackoff: true,
    retryDelayMax: kind.retryDelaySecondsMax ?? 3_600,
    expireInSeconds: kind.timeoutSeconds ?? 900,
    heartbeatSeconds,
    deleteAfterSeconds: ENDED_SECONDS,
  })
  known.add(kind.name)
}

/** Makes the queue, or gives it what this version of the worker says of it. */
async function putQueue(boss: PgBoss, { name, policy, ...options }: Queue): Promise<void> {
  await boss.createQueue(name, policy === undefined ? options : { ...options, policy })
  await boss.updateQueue(name, options)
}

async function workOn(
  boss: PgBoss,
  { kind, handler }: Worked,
  { settings, log }: BossWorkerParts,
  known: Set<string>,
): Promise<void> {
  await makeQueue(boss, kind, settings, known)
  const options = { pollingIntervalSeconds: settings.pollSeconds }
  await boss.work(kind.name, options, ([job]: Job[]) =>
    told(job as Job, log, async ({ data, id, signal, retryCount }) => {
      if (!Value.Check(kind.data, data)) throw new Error('the data of the job has not the form of its kind')
      await handler(data, { id, signal, attempt: retryCount + 1 })
    }),
  )
}

/** Returns its timer, where it has one. */
async function repeat(
  boss: PgBoss,
  { name, interval, work }: Repeated,
  { settings, log }: BossWorkerParts,
): Promise<NodeJS.Timeout[]> {
  const { heartbeatSeconds } = settings
  await putQueue(boss, {
    name,
    // One waits or runs, in all workers.
    policy: 'exclusive',
    retryLimit: 0,
    expireInSeconds: REPEATED_TIMEOUT_SECONDS,
    heartbeatSeconds,
    deleteAfterSeconds: ENDED_SECONDS,
  })
  const workEvery = (pollSeconds: number): Promise<string> =>
    boss.work(name, { pollingIntervalSeconds: pollSeconds }, ([job]: Job[]) =>
      told(job as Job, log, ({ signal }) => work(signal)),
    )
  if ('cron' in interval) {
    await boss.schedule(name, interval.cron, null, { tz: 'UTC' })
    await workEvery(REPEATED_POLL_SECONDS_MAX)
    return []
  }
  const { everySeconds } = interval
  // Every worker sends; the database takes the first in each interval. Twice in it, so that none is passed over.
  const send = (): Promise<unknown> =>
    boss.send(name, null, { singletonSeconds: everySeconds }).catch((error) => {
      if (isDatabaseUnavailable(error)) log.debug({ err: error, job: name }, 'a repeated job waits for the database')
      else log.warn({ err: error, job: name }, 'a repeated job could not be sent')
    })
  await send()
  await workEvery(Math.min(REPEATED_POLL_SECONDS_MAX, Math.max(POLL_SECONDS_MIN, everySeconds / 4)))
  return [setInterval(() => void send(), everySeconds * 500).unref()]
}

async function told(job: Job, log: Logger, work: (job: Job) => Promise<void>): Promise<void> {
  const { name, id, retryCount } = job
  try {
    await work(job)
  } catch (error) {
    log.warn({ err: error, job: name, jobId: id, attempt: retryCount + 1 }, 'a job failed')
    throw error
  }
}
