// A deployment becomes what is active in its environment: with its approval, its project and those that it takes the place of
// all in one transaction.
import type { Audit } from '../audit/audit.ts'
import type { Transaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import type { Project } from '../projects/project.ts'
import { lockProject } from '../projects/projects-table.ts'
import type { ChangeLog, Changes } from './changes.ts'
import { type Deployment, nameOf, WORKER } from './deployment.ts'
import { listOthersOfClass } from './deployments-table.ts'
import { type Claim, endStep, lockClass } from './steps-table.ts'
import type { Observed } from './targets/target.ts'

export interface ActivationParts {
  readonly changes: ChangeLog
  readonly audit: Pick<Audit, 'append'>
  /** Throws ServiceError where the version may not be deployed; nobody takes that back until the transaction is over. */
  readonly requireApproved: (tx: Transaction, projectId: number, version: number) => Promise<void>
}

/** Nothing is written where the deployment was changed since it was claimed. */
export type Activate = (claim: Claim, observed: Observed | null) => Promise<void>

export const activation =
  ({ changes: log, audit, requireApproved }: ActivationParts): Activate =>
  (claim, observed) =>
    log.transact(async (changes) => {
      const { deployment } = claim
      const { tx } = changes
      const projects = await lockProjects(tx, deployment)
      if (!(await endStep(tx, claim, { step: deployment.step, waitSeconds: 0, failures: 0, observed }))) return
      const reason = await reasonAgainst(projects.get(deployment.projectId) as Project, () =>
        requireApproved(tx, deployment.projectId, deployment.version),
      )
      if (reason !== undefined) {
        await changes.end(deployment, 'failed', { reason, actor: WORKER })
        return
      }
      await changes.active(deployment, { actor: WORKER })
      if (!deployment.deactivateOthers) return
      for (const other of await listOthersOfClass(tx, deployment)) {
        if (projects.has(other.projectId)) await deactivate(changes, audit, deployment, other)
      }
    })

/**
 * Of the deployment, and of those whose versions it ends: in the order of their ids, so that no two wait for each other. Two
 * deployments that end each other's come one after the other.
 */
async function lockProjects(tx: Transaction, deployment: Deployment): Promise<Map<number, Project>> {
  const ids = new Set([deployment.projectId])
  if (deployment.deactivateOthers) {
    await lockClass(tx, deployment)
    for (const { projectId } of await listOthersOfClass(tx, deployment)) ids.add(projectId)
  }
  const projects = new Map<number, Project>()
  for (const id of [...ids].sort((a, b) => a - b)) projects.set(id, await lockProject(tx, id))
  return projects
}

async function reasonAgainst(project: Project, requireApproved: () => Promise<void>): Promise<string | undefined> {
  if (project.archivedAt !== null) return `project ${project.name} was archived`
  try {
    await requireApproved()
    return undefined
  } catch (error) {
    if (error instanceof ServiceError) return `${error.code}: ${error.message}`
    throw error
  }
}

async function deactivate(
  changes: Changes,
  audit: Pick<Audit, 'append'>,
  by: Deployment,
  other: Deployment,
): Promise<void> {
  const { requestedBy: actor } = by
  const reason = `${nameOf(by)} of project ${by.projectName} has the same model class and deactivates others`
  await changes.end(other, 'undeployed', { reason, actor })
  await audit.append(changes.tx, {
    caller: { actor, address: null, requestId: null },
    action: 'deployment.undeploy',
    resource: `deployment/${other.deploymentId}`,
    details: { project: other.projectId, environment: other.environment, version: other.version, by: by.deploymentId },
  })
}
