// Policies by the name of data sets: what is trained by itself when one is uploaded. Each change with its entry in the audit.
import { createHash } from 'node:crypto'
import type { Audit } from '../../audit/audit.ts'
import type { Caller } from '../../caller.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction } from '../../database/pool.ts'
import { ServiceError } from '../../errors.ts'
import { requireMatch } from '../../revisions.ts'
import {
  deletePolicy,
  findPolicy,
  insertPolicy,
  listPolicies,
  lockPolicy,
  type PolicyWords,
  updatePolicy,
} from './policies-table.ts'
import type { DatasetPolicy } from './policy-schemas.ts'

export interface PoliciesParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  /** Throws ServiceError unless there is such a model now. */
  readonly requireModel: (name: string) => Promise<unknown>
}

export class Policies {
  private readonly parts: PoliciesParts

  constructor(parts: PoliciesParts) {
    this.parts = parts
  }

  /**
   * Makes a policy, or changes the one of that revision. Throws ServiceError MODEL_UNKNOWN and its like,
   * PRECONDITION_REQUIRED where there is one and no revision is said, and PRECONDITION_FAILED where it has another.
   */
  async put(
    policy: Omit<PolicyWords, 'changedBy'>,
    ifMatch: string | undefined,
    caller: Caller,
  ): Promise<DatasetPolicy> {
    const { ownSchema, requireModel } = this.parts
    await ownSchema.require()
    await requireModel(policy.modelName)
    const words = { ...policy, changedBy: caller.actor }
    return inTransaction(ownSchema.pool, async (tx) => {
      const made = ifMatch === undefined ? await insertPolicy(tx, words) : undefined
      const before = made === undefined ? await lockPolicy(tx, policy.name) : undefined
      if (made === undefined) requireMatch(ifMatch, before?.revision, shownOf(policy.name))
      // Without a revision: one that stood in the way is deleted by now.
      if (made === undefined && before === undefined) {
        throw new ServiceError('PRECONDITION_FAILED', `${shownOf(policy.name)} was deleted meanwhile; send it again`)
      }
      const after = made ?? (await updatePolicy(tx, words))
      await this.parts.audit.append(tx, {
        caller,
        action: 'dataset-policy.put',
        resource: resourceOf(policy.name),
        before: before && digestOf(before),
        after: digestOf(after),
        details: { model: after.modelName, revision: after.revision },
      })
      return after
    })
  }

  /** Throws ServiceError POLICY_UNKNOWN, and PRECONDITION_FAILED where it has another revision than is said. */
  async delete(name: string, ifMatch: string | undefined, caller: Caller): Promise<DatasetPolicy> {
    const { ownSchema, audit } = this.parts
    await ownSchema.require()
    return inTransaction(ownSchema.pool, async (tx) => {
      const before = (await lockPolicy(tx, name)) ?? unknown(name)
      requireMatch(ifMatch ?? '*', before.revision, shownOf(name))
      await deletePolicy(tx, name)
      await audit.append(tx, {
        caller,
        action: 'dataset-policy.delete',
        resource: resourceOf(name),
        before: digestOf(before),
        details: { model: before.modelName, revision: before.revision },
      })
      return before
    })
  }

  /** Throws ServiceError POLICY_UNKNOWN. */
  async require(name: string): Promise<DatasetPolicy> {
    return (await this.find(name)) ?? unknown(name)
  }

  async find(name: string): Promise<DatasetPolicy | undefined> {
    await this.parts.ownSchema.require()
    return findPolicy(this.parts.ownSchema.pool, name)
  }

  /** By name, those after that one. */
  async list(limit: number, after = ''): Promise<DatasetPolicy[]> {
    await this.parts.ownSchema.require()
    return listPolicies(this.parts.ownSchema.pool, limit, after)
  }
}

function shownOf(name: string): string {
  return `the policy for ${JSON.stringify(name)}`
}

function resourceOf(name: string): string {
  return `dataset-policy/${name}`
}

function digestOf({ modelName, training }: DatasetPolicy): string {
  return createHash('sha256')
    .update(JSON.stringify([modelName, training]))
    .digest('hex')
}

function unknown(name: string): never {
  throw new ServiceError('POLICY_UNKNOWN', `there is no policy for data sets with the name ${JSON.stringify(name)}`)
}
