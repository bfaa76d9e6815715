// Whose API token it is, by the database.
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { isTablesFault } from '../database/unavailable.ts'
import { ServiceError } from '../errors.ts'
import { isRole, permissionsOf } from '../permissions.ts'
import type { Identify } from './authentication.ts'
import { tokenDigest } from './token.ts'
import { findTokenByDigest, type TokenRow, touchToken } from './tokens-table.ts'

/** A token that is revoked at another worker is refused here after so long. */
const FRESH_MS = 10_000

/**
 * Throws ServiceError NOT_SET_UP without the schema, TABLES_UNUSABLE without a right on it, and what the database throws
 * that is away.
 */
export function tokenIdentifier(ownSchema: OwnSchema, now: () => number = Date.now): Identify {
  return async (credential) => {
    const { pool } = ownSchema
    const row = await findRow(ownSchema, credential).catch(withoutHints)
    if (row === undefined || row.revokedAt !== null || row.expiresAt.getTime() <= now()) return undefined
    return {
      // A role of a newer version of the worker gives nothing here.
      actor: {
        name: `token/${row.tokenId}`,
        permissions: permissionsOf(row.roles.filter(isRole)),
        projects: row.projects === null ? undefined : new Set(row.projects),
      },
      expiresAt: row.expiresAt.getTime(),
      freshMs: FRESH_MS,
      onUsed: (at) => touchToken(pool, row.tokenId, at),
    }
  }
}

async function findRow(ownSchema: OwnSchema, credential: string): Promise<TokenRow | undefined> {
  await ownSchema.require()
  return findTokenByDigest(ownSchema.pool, Buffer.from(tokenDigest(credential), 'hex'))
}

/** Strangers hear this: the names of schemas, tables and roles are not for them. */
function withoutHints(error: unknown): never {
  const code = isTablesFault(error) ? 'TABLES_UNUSABLE' : error instanceof ServiceError ? error.code : undefined
  if (code === undefined) throw error
  throw new ServiceError(code, 'API tokens cannot be looked up; npx ml-worker doctor tells what to do', {
    cause: error,
  })
}
