// The worker's own schema as the rooms see it: whether it can be used, and the pool that reaches it.
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { ServiceError } from '../../errors.ts'
import type { Retry } from '../../retry.ts'
import { connectionSettings } from '../connection-settings.ts'
import { watchOutages } from '../outage-watch.ts'
import { createPool, type ServicePool } from '../pool.ts'
import { isDatabaseUnavailable } from '../unavailable.ts'
import { type ExpectedSchema, readExpectedSchema } from './expected-schema.ts'
import { judgeSchema, type SchemaState } from './judge-schema.ts'
import { lookAtSchema } from './look-at-schema.ts'

/** How long the schema is believed to be current. */
const CURRENT_MS = 60_000
/** How long it is believed not to be: one that comes later is found without a restart. */
const OTHER_MS = 5_000
/** How long it is believed to be out of reach: calls of that time do not wait for a database that does not answer. */
const AWAY_MS = 1_000
/** What health waits for a look. */
const DESCRIBE_MS = 1_000

export interface OwnSchemaParts {
  /** Of the database with the schema. */
  readonly pool: ServicePool
  readonly now?: () => number
}

export class OwnSchema {
  readonly pool: ServicePool
  private readonly now: () => number
  private expected: Promise<ExpectedSchema> | undefined
  private seen: { readonly state: SchemaState | Error; readonly until: number } | undefined
  private looking: Promise<SchemaState> | undefined

  constructor({ pool, now = () => performance.now() }: OwnSchemaParts) {
    this.pool = pool
    this.now = now
  }

  /** What was found, now or in the last seconds. One look at a time. Throws when the database is away. */
  async state(): Promise<SchemaState> {
    if (this.seen !== undefined && this.now() < this.seen.until) {
      if (this.seen.state instanceof Error) throw this.seen.state
      return this.seen.state
    }
    this.looking ??= this.look().finally(() => {
      this.looking = undefined
    })
    return this.looking
  }

  /** Whether the schema can be used now; false as well when the database is away. Throws nothing. */
  async isUsable(): Promise<boolean> {
    return this.state().then(
      ({ name }) => name === 'current',
      () => false,
    )
  }

  /** Throws ServiceError NOT_SET_UP, with what sets the schema up, unless it is current. Throws when the database is away. */
  async require(): Promise<void> {
    const { name, detail, remedy } = await this.state()
    if (name !== 'current') throw new ServiceError('NOT_SET_UP', `${detail}; do: ${remedy}`)
  }

  /**
   * For health: it throws nothing and does not wait long, since the worker takes work without the schema. The
   * doctor tells what to do.
   */
  async describe(): Promise<string> {
    const late = pause(DESCRIBE_MS, 'not known: the database does not answer', { ref: false })
    const found = this.state().then(
      ({ name, detail }) => (name === 'current' ? detail : `not set up: ${detail}`),
      (error: Error) =>
        isDatabaseUnavailable(error) ? 'not known: the database is away' : `not known: ${error.message}`,
    )
    return Promise.race([found, late])
  }

  /** Makes the next call look again. */
  forget(): void {
    this.seen = undefined
  }

  private async look(): Promise<SchemaState> {
    try {
      this.expected ??= readExpectedSchema()
      const [expected, found] = await Promise.all([this.expected, lookAtSchema(this.pool)])
      const state = judgeSchema(found, expected)
      this.seen = { state, until: this.now() + (state.name === 'current' ? CURRENT_MS : OTHER_MS) }
      return state
    } catch (error) {
      this.seen = { state: error as Error, until: this.now() + AWAY_MS }
      throw error
    }
  }
}

export interface OpenOwnSchemaParts {
  /** Of the application's database. */
  readonly pool: ServicePool
  /** Of the database with the schema. */
  readonly url: string
  /** True where that is another URL than the application's: then it has a pool of its own. */
  readonly isElsewhere: boolean
  /** True of MIGRATE=auto. */
  readonly migrates: boolean
  readonly retry: Retry
  readonly log: Logger
}

export interface OpenedOwnSchema {
  readonly ownSchema: OwnSchema
  /** Once the database answers: migrates where that is wanted, and tells the log what it found. Throws nothing. */
  recover(): Promise<void>
  close(): Promise<void>
}

/** Looks at nothing: the start waits for no database. */
export function openOwnSchema({ pool, url, isElsewhere, migrates, retry, log }: OpenOwnSchemaParts): OpenedOwnSchema {
  const own = isElsewhere ? createPool(url, log) : pool
  const isReadable = isElsewhere ? connectionSettings(url).isReadable : undefined
  if (isReadable !== undefined)
    log.warn(`the way to the database of the schema can be read or led astray: ${isReadable}`)
  if (isElsewhere) watchOutages({ pool: own, log, name: 'the database of the schema', retry })
  const ownSchema = new OwnSchema({ pool: own })
  const prepare = async (): Promise<void> => {
    const { name } = await ownSchema.state()
    if (migrates && (name === 'absent' || name === 'behind')) {
      const { migrateOwnSchema } = await import('./migrate.ts')
      const done = await migrateOwnSchema(url, { log })
      ownSchema.forget()
      log.info({ done }, 'the schema of the worker is migrated')
    }
    const { name: after, detail } = await ownSchema.state()
    if (after !== 'current' && after !== 'absent') log.warn(`the schema of the worker is not used: ${detail}`)
    else log.debug(`the schema of the worker: ${detail}`)
  }
  return {
    ownSchema,
    recover: () =>
      retry.untilAvailable(prepare).catch((error) => {
        ownSchema.forget()
        log.warn({ err: error }, 'the schema of the worker cannot be set up')
      }),
    async close() {
      if (isElsewhere) await own.close()
    },
  }
}
