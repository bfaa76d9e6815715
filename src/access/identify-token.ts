// Whose API token it is, by the database.
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { isRole, permissionsOf } from '../permissions.ts'
import type { Identify } from './authentication.ts'
import { tokenDigest } from './token.ts'
import { findTokenByDigest, touchToken } from './tokens-table.ts'

/** A token that is revoked at another worker is refused here after so long. */
const FRESH_MS = 10_000

/** Throws ServiceError NOT_SET_UP without the schema, and what the database throws. */
export function tokenIdentifier(ownSchema: OwnSchema, now: () => number = Date.now): Identify {
  return async (credential) => {
    await ownSchema.require()
    const { pool } = ownSchema
    const row = await findTokenByDigest(pool, Buffer.from(tokenDigest(credential), 'hex'))
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
