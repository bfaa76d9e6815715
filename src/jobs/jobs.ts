// Work that is repeated, comes later or is tried again, over all workers of a schema: pg-boss, where the schema is set up.
import type { Static, TObject } from '@sinclair/typebox'
import type { Logger } from 'pino'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import type { BossWorker } from './boss-worker.ts'
import { type Interval, JOB_NAME, type JobHandler, type JobKind, type SendOptions } from './job-kind.ts'
import type { JobsSettings, Repeated, Worked } from './registered-jobs.ts'

export interface JobsParts {
  readonly schema: OwnSchema
  readonly log: Logger
  readonly settings?: Partial<JobsSettings>
}

const DEFAULTS: JobsSettings = { heartbeatSeconds: 60, monitorSeconds: 30, pollSeconds: 2, lookSeconds: 60 }

/**
 * Rooms register what they work on before start(). Nothing is loaded, and no connection used, until the schema is current
 * and there is something to do.
 */
export class Jobs {
  private readonly parts: JobsParts
  private readonly settings: JobsSettings
  private readonly repeated: Repeated[] = []
  private readonly worked: Worked[] = []
  private boss: Promise<BossWorker> | undefined
  private timer: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(parts: JobsParts) {
    this.parts = parts
    this.settings = { ...DEFAULTS, ...parts.settings }
  }

  /** Once in each interval over all workers, as long as one of them runs. A turn that fails is not tried again. */
  repeat(name: string, interval: Interval, work: (signal: AbortSignal) => Promise<void>): void {
    this.takeName(name)
    if ('everySeconds' in interval && !(Number.isInteger(interval.everySeconds) && interval.everySeconds >= 1)) {
      throw new RangeError(`the job ${name}: expected everySeconds of 1 or more, got ${interval.everySeconds}`)
    }
    this.repeated.push({ name, interval, work })
  }

  /** Works on the jobs of a kind, one at a time in this worker. */
  work<Data extends TObject>(kind: JobKind<Data>, handler: JobHandler<Data>): void {
    this.takeName(kind.name)
    this.worked.push({ kind, handler })
  }

  /**
   * Stores a job; durable when it resolves. Returns its id, or undefined where one with its key waits already. Throws
   * ServiceError NOT_SET_UP without the schema, and what the database throws.
   */
  async send<Data extends TObject>(
    kind: JobKind<Data>,
    data: Static<Data>,
    options: SendOptions = {},
  ): Promise<string | undefined> {
    await this.parts.schema.require()
    return (await this.begun()).send(kind, data, options)
  }

  /** Begins to work, now or when the schema is set up. Throws nothing. */
  async start(): Promise<void> {
    if (this.repeated.length + this.worked.length === 0 || this.isClosed) return
    try {
      if (await this.parts.schema.isUsable()) {
        await this.begun()
        return
      }
    } catch (error) {
      this.parts.log.warn({ err: error }, 'the jobs could not begin; they are tried again')
    }
    if (this.isClosed) return
    this.timer = setTimeout(() => void this.start(), this.settings.lookSeconds * 1000)
    this.timer.unref()
  }

  /** Takes no more jobs, and gives those that run so long; what is cut off is taken by another worker, or the next start. */
  async close(graceMs: number): Promise<void> {
    this.isClosed = true
    clearTimeout(this.timer)
    const boss = await this.boss?.catch(() => undefined)
    await boss?.close(graceMs)
  }

  private begun(): Promise<BossWorker> {
    this.boss ??= this.begin().catch((error) => {
      this.boss = undefined
      throw error
    })
    return this.boss
  }

  private async begin(): Promise<BossWorker> {
    if (this.isClosed) throw new Error('the jobs are closed')
    const { startBossWorker } = await import('./boss-worker.ts')
    const { schema, log } = this.parts
    const { repeated, worked, settings } = this
    return startBossWorker({ client: schema.pool, log, repeated, worked, settings })
  }

  private takeName(name: string): void {
    if (!JOB_NAME.test(name))
      throw new Error(`the name of a job: expected ${JOB_NAME.source}, got ${JSON.stringify(name)}`)
    if (this.boss !== undefined) throw new Error(`the job ${name} comes after the start`)
    const names = [...this.repeated, ...this.worked.map(({ kind }) => kind)].map((each) => each.name)
    if (names.includes(name)) throw new Error(`there are two jobs with the name ${name}`)
  }
}
