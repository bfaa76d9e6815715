// Deployments as routes ask for them, find them and end them; each change with its entry in the audit.
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import type { Transaction } from '../database/pool.ts'
import { invalidRequest, ServiceError } from '../errors.ts'
import { FaultList } from '../model/faults.ts'
import type { Aliases } from '../projects/aliases.ts'
import type { Project } from '../projects/project.ts'
import type { Projects } from '../projects/projects.ts'
import type { Versions } from '../projects/versions/versions.ts'
import type { MemberFaults } from '../rows/member-faults.ts'
import type { ChangeLog, Changes } from './changes.ts'
import type { Deployment, DeploymentEvent, NewDeployment } from './deployment.ts'
import { deploymentToRestore, requireDeployment } from './deployment-to-restore.ts'
import {
  findActive,
  findDeployment,
  findOpen,
  insertDeployment,
  listDeployments,
  listEvents,
  type Slot,
} from './deployments-table.ts'
import { type Environment, listEnvironments } from './environments-table.ts'
import { findRepeated, keyOf, keyReused, requestOf } from './request-key.ts'
import type { Targets } from './targets/targets.ts'
import { checkInstances, requireInstances, settingsOf } from './wish-settings.ts'
import type { Asker, DeploymentWish, ListFilter, Place, PreparedDeployment, RollbackWish } from './wishes.ts'

export interface DeploymentsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly projects: Projects
  readonly versions: Versions
  readonly aliases: Aliases
  readonly targets: Targets
  readonly changes: ChangeLog
  /** Throws ServiceError where the version may not be deployed; nobody takes that back until the transaction is over. */
  readonly requireApproved: (tx: Transaction, projectId: number, version: number) => Promise<void>
  /** Throws ServiceError where versions must be signed, and no accepted key vouches for this one. */
  readonly requireTrusted: (project: string, version: number) => Promise<unknown>
}

/** Events of a deployment that are told: the newest. */
const EVENTS_MAX = 200

export class Deployments {
  private readonly parts: DeploymentsParts

  constructor(parts: DeploymentsParts) {
    this.parts = parts
  }

  /**
   * Asks for a version to answer in an environment; one that is on its way there is cancelled. The same Idempotency-Key
   * again gives what was asked for. Throws ServiceError; then there is no deployment.
   */
  async deploy(place: Place, wish: DeploymentWish, asker: Asker): Promise<Deployment> {
    const project = await this.parts.projects.findActive(place.project)
    const request = requestOf(project, place, wish)
    const before = await findRepeated(this.parts.ownSchema.pool, keyOf(request, asker), request)
    if (before !== undefined) return before
    const prepared = await this.prepare(place, wish, asker)
    return this.parts.changes.transact(async (changes) => {
      await this.parts.projects.lock(changes.tx, place.project)
      return this.deployIn(changes, prepared)
    })
  }

  /**
   * All of a deployment that comes before its transaction, for reading takes its time there. Throws ServiceError as deploy
   * does; nothing is written.
   */
  async prepare(place: Place, wish: DeploymentWish, asker: Asker): Promise<PreparedDeployment> {
    const project = await this.parts.projects.findActive(place.project)
    const key = keyOf(requestOf(project, place, wish), asker)
    const version = await this.versionOf(project, wish)
    const { target = 'local', note = null, deactivate_others: deactivateOthers = false } = wish
    const faults = new FaultList()
    const settled = settingsOf(this.parts.targets.require(target), wish, faults)
    if (!faults.isEmpty) throw invalidRequest(faults)
    const { runId, request } = await this.parts.versions.require(project, version)
    await this.parts.requireTrusted(place.project, version)
    const { projectId } = project
    const made = { projectId, environment: place.environment, version, runId, modelName: request.modelName, target }
    const asked = { ...made, ...settled, ...key, origin: 'deploy', restores: null, deactivateOthers, note } as const
    return { asked, asker }
  }

  /**
   * The rest of a deployment, in a transaction of the caller's that has locked the project. Throws ServiceError
   * VERSION_NOT_APPROVED, before anything is written.
   */
  deployIn(changes: Changes, { asked, asker }: PreparedDeployment): Promise<Deployment> {
    return this.begin(changes, asked, asker)
  }

  /**
   * What a version must be to answer in an environment, without asking for that: who has it answer otherwise asks this first.
   * Until the transaction is over nobody takes its approval back; the project is locked before it. Throws ServiceError
   * VERSION_NOT_APPROVED.
   */
  requireApproved(tx: Transaction, projectId: number, version: number): Promise<void> {
    return this.parts.requireApproved(tx, projectId, version)
  }

  /** The same of its signature, outside of transactions, for it reads the version. Throws ServiceError VERSION_UNTRUSTED. */
  async requireTrusted(project: string, version: number): Promise<void> {
    await this.parts.requireTrusted(project, version)
  }

  /** What is active in a slot, and what is on its way there. They stay as they are while the project is locked. */
  async standing(
    tx: Transaction,
    slot: Slot,
  ): Promise<{ active: Deployment | undefined; open: Deployment | undefined }> {
    return { active: await findActive(tx, slot), open: await findOpen(tx, slot) }
  }

  /** By its id alone. */
  findIn(tx: Transaction, deploymentId: number): Promise<Deployment | undefined> {
    return findDeployment(tx, deploymentId)
  }

  /**
   * Asks for what was active before to answer again; twice goes back twice. Where nothing is active, it is what was active
   * last. Throws ServiceError ROLLBACK_IMPOSSIBLE, DEPLOYMENT_UNKNOWN, and as deploy does.
   */
  async rollback(place: Place, wish: RollbackWish, asker: Asker): Promise<Deployment> {
    const project = await this.parts.projects.findActive(place.project)
    const { pool } = this.parts.ownSchema
    const slot = { projectId: project.projectId, environment: place.environment }
    const request = requestOf(project, place, { rollback: wish.to ?? null, note: wish.note })
    const key = keyOf(request, asker)
    const before = await findRepeated(pool, key, request)
    if (before !== undefined) return before
    const chosen = await deploymentToRestore(pool, slot, wish.to)
    this.parts.targets.require(chosen.target)
    await this.parts.requireTrusted(place.project, chosen.version)
    return this.parts.changes.transact(async (changes) => {
      await this.parts.projects.lock(changes.tx, place.project)
      const { deploymentId, version } = await deploymentToRestore(changes.tx, slot, wish.to)
      if (deploymentId !== chosen.deploymentId) {
        const detail = `another deployment became active meanwhile: version ${version} would be brought back now, not ${chosen.version}; ask again`
        throw new ServiceError('ROLLBACK_IMPOSSIBLE', detail)
      }
      const { runId, modelName, target, settings, instances } = chosen
      const again = { ...slot, version, runId, modelName, target, settings, instances, ...key }
      const restores = chosen.restores ?? deploymentId
      const asked = {
        ...again,
        origin: 'rollback',
        restores,
        deactivateOthers: false,
        note: wish.note ?? null,
      } as const
      return this.begin(changes, asked, asker)
    })
  }

  /**
   * Nothing answers in the environment from now on: what is active ends, and what is on its way. Returns what was active, else
   * what was on its way. Throws ServiceError NOTHING_DEPLOYED.
   */
  undeploy(place: Place, caller: Caller): Promise<Deployment> {
    return this.change(place, async (changes, slot) => {
      const open = await findOpen(changes.tx, slot)
      const told = { actor: caller.actor }
      const cancelled =
        open && (await changes.end(open, 'cancelled', { ...told, reason: 'the environment was undeployed' }))
      const active = await findActive(changes.tx, slot)
      const ended = active === undefined ? cancelled : await changes.end(active, 'undeployed', told)
      if (ended === undefined) throw nothingDeployed(place)
      await this.tell(changes.tx, 'deployment.undeploy', ended, caller)
      return ended
    })
  }

  /** Throws ServiceError NOTHING_DEPLOYED, and REQUEST_INVALID where the target has no more than one. */
  scale(place: Place, instances: number, caller: Caller): Promise<Deployment> {
    return this.change(place, async (changes, slot) => {
      const active = await findActive(changes.tx, slot)
      if (active === undefined) throw nothingDeployed(place)
      this.parts.targets.require(active.target)
      requireInstances(active.target, instances)
      if (active.instances === instances) return active
      await changes.scale(active, instances, { actor: caller.actor })
      await this.tell(changes.tx, 'deployment.scale', active, caller, { from: active.instances, to: instances })
      return { ...active, instances }
    })
  }

  /** Throws ServiceError DEPLOYMENT_UNKNOWN. */
  async find(place: Place, deploymentId: number): Promise<Deployment> {
    const slot = await this.slotOf(place)
    return requireDeployment(this.parts.ownSchema.pool, slot, deploymentId)
  }

  /** The oldest first. */
  events({ deploymentId }: Deployment): Promise<DeploymentEvent[]> {
    return listEvents(this.parts.ownSchema.pool, deploymentId, EVENTS_MAX)
  }

  /** What is active. Throws ServiceError NOTHING_DEPLOYED. */
  async current(place: Place): Promise<Deployment> {
    const found = await findActive(this.parts.ownSchema.pool, await this.slotOf(place))
    if (found === undefined) throw nothingDeployed(place)
    return found
  }

  /** The newest first. Throws ServiceError PROJECT_UNKNOWN. */
  async list({ project, ...filter }: ListFilter, limit: number, before?: number): Promise<Deployment[]> {
    const { ownSchema, projects } = this.parts
    await ownSchema.require()
    const projectId = project === undefined ? undefined : (await projects.find(project)).projectId
    return listDeployments(ownSchema.pool, { ...filter, projectId }, limit, before)
  }

  /** Those in which something was deployed, as listEnvironments sorts them. Throws ServiceError PROJECT_UNKNOWN. */
  async environments(project: string, limit: number, before?: number): Promise<Environment[]> {
    const { ownSchema, projects } = this.parts
    await ownSchema.require()
    return listEnvironments(ownSchema.pool, (await projects.find(project)).projectId, limit, before)
  }

  /** Whatever was on its way to the environment is cancelled. The project must be locked. */
  private async begin(changes: Changes, made: NewDeployment, asker: Asker): Promise<Deployment> {
    const { tx } = changes
    const before = await findRepeated(tx, made)
    if (before !== undefined) return before
    await this.parts.requireApproved(tx, made.projectId, made.version)
    const open = await findOpen(tx, made)
    // Before the new one, for there is one on its way at the most.
    if (open !== undefined) {
      const reason = `version ${made.version} was asked for before it was active`
      await changes.end(open, 'cancelled', { reason, actor: asker.caller.actor })
    }
    const deployment = await insertDeployment(tx, made, await changes.time())
    if (deployment === undefined) throw keyReused(made.idempotencyKey as string, 'another project')
    await changes.begun(deployment)
    const action = made.origin === 'deploy' ? 'deployment.create' : 'deployment.rollback'
    await this.tell(tx, action, deployment, asker.caller)
    return deployment
  }

  private async change<T>(place: Place, work: (changes: Changes, slot: Slot) => Promise<T>): Promise<T> {
    await this.parts.ownSchema.require()
    return this.parts.changes.transact(async (changes) => {
      const { projectId } = await this.parts.projects.lock(changes.tx, place.project)
      return work(changes, { projectId, environment: place.environment })
    })
  }

  private async slotOf({ project, environment }: Place): Promise<Slot> {
    const { projectId } = await this.parts.projects.find(project)
    return { projectId, environment }
  }

  /** Adds what stands against a wish, as far as it shows in it alone. A target that is not set up judges nothing. */
  addWishFaults(wish: DeploymentWish, faults: MemberFaults): void {
    const { version, alias, target = 'local' } = wish
    if (faults.areSound('version', 'alias') && (version === undefined) === (alias === undefined)) {
      const detail =
        version === undefined ? 'missing: say which version, or an alias of it' : 'say it, or alias, not both'
      faults.add({ in: 'body', parameter: 'version', detail })
    }
    const found = faults.areSound('target') ? this.parts.targets.find(target) : undefined
    if (found !== undefined) settingsOf(found, wish, faults)
  }

  /** Adds what stands against so many instances of what is active. Throws ServiceError NOTHING_DEPLOYED. */
  async addScaleFaults(place: Place, instances: number, faults: FaultList): Promise<void> {
    checkInstances((await this.current(place)).target, instances, faults)
  }

  private async versionOf({ name }: Project, { version, alias }: DeploymentWish): Promise<number> {
    return alias === undefined ? (version as number) : (await this.parts.aliases.find(name, alias)).version
  }

  private tell(
    tx: Transaction,
    action: string,
    { deploymentId, projectId, environment, version, target, restores }: Deployment,
    caller: Caller,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const details = { project: projectId, environment, version, target, ...(restores === null ? {} : { restores }) }
    const resource = `deployment/${deploymentId}`
    return this.parts.audit.append(tx, { caller, action, resource, details: { ...details, ...more } })
  }
}

function nothingDeployed({ project, environment }: Place): ServiceError {
  return new ServiceError('NOTHING_DEPLOYED', `nothing is active in environment ${environment} of project ${project}`)
}
