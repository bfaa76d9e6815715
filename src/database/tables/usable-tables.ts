// Whether the tables let the worker do its work: asked before a training is accepted, and by the checks of health.
import { ServiceError } from '../../errors.ts'
import type { Queryable } from '../pool.ts'
import { EXPECTED_TABLES } from './expected-tables.ts'
import { type Finding, judgeTables } from './judge-tables.ts'
import { lookAtTables } from './look-at-tables.ts'

/** How long what was found good is believed. What was not is looked at again each time. */
const GOOD_MS = 10_000

export class UsableTables {
  private readonly client: Queryable
  private readonly now: () => number
  private goodUntil = Number.NEGATIVE_INFINITY
  private looking: Promise<readonly Finding[]> | undefined

  constructor(client: Queryable, now = () => performance.now()) {
    this.client = client
    this.now = now
  }

  /** What stands against any work; empty when all is well. One look at a time. Throws when the database is away. */
  async errors(): Promise<readonly Finding[]> {
    if (this.now() < this.goodUntil) return []
    this.looking ??= this.look().finally(() => {
      this.looking = undefined
    })
    return this.looking
  }

  /** Throws ServiceError TABLES_UNUSABLE, with what to do. */
  async require(): Promise<void> {
    const [first, ...others] = await this.errors()
    if (first === undefined) return
    const more = others.length === 0 ? '' : ` (and ${others.length} more: GET /api/health)`
    throw new ServiceError('TABLES_UNUSABLE', `${first.detail}; do: ${first.remedy}${more}`, { retryAfterSeconds: 10 })
  }

  private async look(): Promise<readonly Finding[]> {
    const errors = (await findingsOf(this.client)).filter(({ level }) => level === 'error')
    if (errors.length === 0) this.goodUntil = this.now() + GOOD_MS
    return errors
  }
}

/** All that is to be said of the tables, for the role of this session. */
export async function findingsOf(client: Queryable): Promise<Finding[]> {
  const found = await lookAtTables(client, Object.keys(EXPECTED_TABLES))
  const { rows } = await client.query<{ role: string }>('select quote_ident(current_user) as role')
  return judgeTables(found, rows[0]?.role ?? 'ml_worker')
}
