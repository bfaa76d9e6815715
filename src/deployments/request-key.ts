// A call with an Idempotency-Key: what is kept of it, and the deployment that it asked for before.
import type { Queryable } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import type { Project } from '../projects/project.ts'
import { isDigestOf, requestDigestOf } from '../request-digest.ts'
import { type Deployment, type NewDeployment, nameOf } from './deployment.ts'
import { findByKey } from './deployments-table.ts'
import type { Asker, Place } from './wishes.ts'

export type RequestKey = Pick<NewDeployment, 'requestedBy' | 'idempotencyKey' | 'requestDigest'>

/** What a call asks for, as its key is held to it. */
export function requestOf({ projectId }: Project, { environment }: Place, asked: object): unknown {
  return [projectId, environment, asked]
}

export function keyOf(request: unknown, { caller, idempotencyKey }: Asker): RequestKey {
  return {
    requestedBy: caller.actor,
    idempotencyKey: idempotencyKey ?? null,
    requestDigest: requestDigestOf(request),
  }
}

/**
 * What was asked for with the key before. request: where it is known; else its digest is compared. Throws ServiceError
 * IDEMPOTENCY_KEY_REUSED.
 */
export async function findRepeated(
  client: Queryable,
  { requestedBy, idempotencyKey, requestDigest }: RequestKey,
  request?: unknown,
): Promise<Deployment | undefined> {
  if (idempotencyKey === null) return undefined
  const before = await findByKey(client, requestedBy, idempotencyKey)
  if (before === undefined || before.requestDigest === requestDigest) return before
  if (request !== undefined && isDigestOf(before.requestDigest, request)) return before
  throw keyReused(idempotencyKey, nameOf(before))
}

export function keyReused(key: string, what: string): ServiceError {
  const detail = `Idempotency-Key ${JSON.stringify(key)} was used for ${what}, with another body`
  return new ServiceError('IDEMPOTENCY_KEY_REUSED', detail)
}
