// Which deployment a rollback brings back.
import type { Queryable } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import { type Deployment, nameOf } from './deployment.ts'
import { findActive, findActiveBefore, findDeployment, type Slot } from './deployments-table.ts'

/**
 * `to`, or what was active before; where nothing is active, what was active last. What a rollback left does not come before
 * it: a second rollback goes further back. Throws ServiceError ROLLBACK_IMPOSSIBLE, DEPLOYMENT_UNKNOWN.
 */
export async function deploymentToRestore(client: Queryable, slot: Slot, to: number | undefined): Promise<Deployment> {
  const active = await findActive(client, slot)
  if (to !== undefined) return namedToRestore(client, slot, active, to)
  const anchor = active && { deploymentId: active.restores ?? active.deploymentId, version: active.version }
  const found = await findActiveBefore(client, slot, anchor)
  if (found !== undefined) return found
  if (active === undefined) throw impossible(`nothing was active in ${slot.environment}`)
  const first = `version ${active.version} is the first that was active in ${slot.environment}`
  const undone = active.restores === null ? undefined : await findActiveBefore(client, slot, active)
  if (undone === undefined) throw impossible(first)
  const how = `say which one to bring back: "to": ${undone.deploymentId} is version ${undone.version}`
  throw impossible(`${first}, and ${nameOf(active)} went back to it; ${how}`)
}

async function namedToRestore(
  client: Queryable,
  slot: Slot,
  active: Deployment | undefined,
  to: number,
): Promise<Deployment> {
  const found = await requireDeployment(client, slot, to)
  if (found.deploymentId === active?.deploymentId) {
    throw impossible(`${nameOf(found)} is what is active in ${slot.environment}`)
  }
  if (found.activeFrom !== null) return found
  throw impossible(`${nameOf(found)} never was active: it is ${found.status}`)
}

/** Throws ServiceError DEPLOYMENT_UNKNOWN where the environment does not have it. */
export async function requireDeployment(
  client: Queryable,
  { projectId, environment }: Slot,
  deploymentId: number,
): Promise<Deployment> {
  const found = await findDeployment(client, deploymentId)
  if (found?.projectId === projectId && found.environment === environment) return found
  throw new ServiceError('DEPLOYMENT_UNKNOWN', `environment ${environment} has no deployment ${deploymentId}`)
}

function impossible(detail: string): ServiceError {
  return new ServiceError('ROLLBACK_IMPOSSIBLE', detail)
}
