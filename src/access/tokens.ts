// API tokens as rooms and the command line make, list and revoke them; each change with its entry in the audit.
import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import { inTransaction } from '../database/pool.ts'
import type { Role } from '../permissions.ts'
import { makeToken } from './token.ts'
import { findToken, insertToken, listTokens, revokeToken, type TokenRow } from './tokens-table.ts'

/** Labels and names of projects are shown in terminals: no control characters. */
export const SHOWN_TEXT = { minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' }
export const TOKEN_DAYS_DEFAULT = 90
export const TOKEN_DAYS_MAX = 3_650
const DAY_MS = 24 * 3_600_000

export interface TokenWish {
  /** What it is for, in the words of whoever makes it. */
  readonly label: string
  readonly roles: readonly Role[]
  /** Names of the projects that it is bound to; undefined binds it to none. */
  readonly projects?: readonly string[] | undefined
  readonly days: number
}

export interface TokensParts {
  /** Of the worker's own schema. */
  readonly pool: pg.Pool
  readonly audit: Pick<Audit, 'append'>
  readonly now?: () => Date
}

export class Tokens {
  private readonly pool: pg.Pool
  private readonly audit: Pick<Audit, 'append'>
  private readonly now: () => Date

  constructor({ pool, audit, now = () => new Date() }: TokensParts) {
    this.pool = pool
    this.audit = audit
    this.now = now
  }

  /** Gives the token itself, which nobody can read again, and what is known of it. */
  async create({ label, roles, projects, days }: TokenWish, caller: Caller): Promise<{ token: string; row: TokenRow }> {
    const { tokenId, token, digest } = makeToken()
    const createdAt = this.now()
    const row: TokenRow = {
      tokenId,
      label,
      roles: [...new Set(roles)],
      projects: projects === undefined ? null : [...new Set(projects)],
      createdAt,
      createdBy: caller.actor,
      expiresAt: new Date(createdAt.getTime() + days * DAY_MS),
      revokedAt: null,
      revokedBy: null,
      lastUsedAt: null,
    }
    await inTransaction(this.pool, async (tx) => {
      await insertToken(tx, { ...row, digest })
      const details = { roles: row.roles, projects: row.projects, expires_at: row.expiresAt.toISOString() }
      await this.audit.append(tx, {
        caller,
        action: 'token.create',
        resource: `token/${tokenId}`,
        after: digestOfRow(row),
        details,
      })
    })
    return { token, row }
  }

  list(limit: number, after?: string): Promise<TokenRow[]> {
    return listTokens(this.pool, limit, after)
  }

  /** Gives the token as it is then; undefined when there is none. One that is revoked stays as it is. */
  async revoke(tokenId: string, caller: Caller): Promise<TokenRow | undefined> {
    return inTransaction(this.pool, async (tx) => {
      const before = await findToken(tx, tokenId)
      const isChanged = await revokeToken(tx, tokenId, this.now(), caller.actor)
      const after = await findToken(tx, tokenId)
      if (isChanged && before !== undefined && after !== undefined) {
        await this.audit.append(tx, {
          caller,
          action: 'token.revoke',
          resource: `token/${tokenId}`,
          before: digestOfRow(before),
          after: digestOfRow(after),
        })
      }
      return after
    })
  }
}

/** Without the last use, which is no change. */
function digestOfRow({ lastUsedAt: _, ...row }: TokenRow): string {
  return createHash('sha256').update(JSON.stringify(row)).digest('hex')
}
