// Projects as routes make, find, change and archive them; each change with its entry in the audit.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import { invalidRequest, ServiceError } from '../errors.ts'
import { requireMatch } from '../revisions.ts'
import { MemberFaults } from '../rows/member-faults.ts'
import type { CheckProject } from './check-project.ts'
import type { Project, ProjectContent } from './project.ts'
import {
  archiveProject,
  findProject,
  insertProject,
  listProjects,
  lockProject,
  type ProjectFilter,
  updateProject,
} from './projects-table.ts'
import { listOpenRunsOf } from './versions/version-trainings-table.ts'

export interface ProjectsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly check: CheckProject
}

/** What a project is used for, in words, where that stands against its archive. The project is locked. */
export type UseOfProject = (tx: Transaction, project: Project) => Promise<string | undefined>

/** Runs of a project in training that are named. */
const USERS_NAMED_MAX = 20

export class Projects {
  private readonly parts: ProjectsParts
  private readonly uses: UseOfProject[] = []

  constructor(parts: ProjectsParts) {
    this.parts = parts
  }

  /** Of a room that is opened later. */
  registerUse(use: UseOfProject): void {
    this.uses.push(use)
  }

  /** Adds what stands against the content, as far as it is sound. before: of a change. */
  async addFaults(content: ProjectContent, faults: MemberFaults, before?: Project): Promise<void> {
    await this.parts.check(content, faults, before)
  }

  /** Throws ServiceError PROJECT_EXISTS, and REQUEST_INVALID where it could not be trained. */
  async create(name: string, content: ProjectContent, caller: Caller): Promise<Project> {
    await this.parts.ownSchema.require()
    await this.check(content)
    return this.change(async (tx) => {
      const project = await insertProject(tx, name, content, caller.actor)
      if (project === undefined) {
        throw new ServiceError('PROJECT_EXISTS', `there is a project ${name}; archive it, or take another name`)
      }
      await this.tell(tx, 'project.create', { after: project, caller })
      return project
    })
  }

  /** Archived ones too. `named`: a name, or digits for an id. Throws ServiceError PROJECT_UNKNOWN. */
  async find(named: string): Promise<Project> {
    await this.parts.ownSchema.require()
    return (await findProject(this.parts.ownSchema.pool, keyOf(named))) ?? unknown(named)
  }

  /** Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED. */
  async findActive(named: string): Promise<Project> {
    return refuseArchived(await this.find(named))
  }

  /** The newest first. */
  async list(filter: ProjectFilter, limit: number, before?: number): Promise<Project[]> {
    await this.parts.ownSchema.require()
    return listProjects(this.parts.ownSchema.pool, filter, limit, before)
  }

  /**
   * `changed` makes the new content out of the present one; where it is the same, nothing is written. Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED,
   * PRECONDITION_REQUIRED, PRECONDITION_FAILED, and REQUEST_INVALID where it could not be trained.
   */
  async update(
    named: string,
    ifMatch: string | undefined,
    changed: (present: Project) => ProjectContent,
    caller: Caller,
  ): Promise<Project> {
    // Before the lock, for it reads of other tables. The content is the same then, but for an If-Match of any revision.
    const present = await this.findActive(named)
    await this.check(changed(present), present)
    return this.change(async (tx) => {
      const before = await this.lock(tx, named)
      requireMatch(ifMatch, before.revision, `project ${before.name}`)
      const content = changed(before)
      if (isDeepStrictEqual(content, contentIn(before))) return before
      const after = await updateProject(tx, before.projectId, content, caller.actor)
      await this.tell(tx, 'project.update', { before, after, caller })
      return after
    })
  }

  /**
   * From now on nothing of it is changed or trained; all of it can be read. Throws ServiceError PROJECT_UNKNOWN,
   * PROJECT_ARCHIVED, PROJECT_IN_USE while versions are trained or deployed, PRECONDITION_REQUIRED, PRECONDITION_FAILED.
   */
  async archive(named: string, ifMatch: string | undefined, caller: Caller): Promise<Project> {
    return this.change(async (tx) => {
      const before = await this.lock(tx, named)
      requireMatch(ifMatch, before.revision, `project ${before.name}`)
      const runs = await listOpenRunsOf(tx, before.projectId, USERS_NAMED_MAX)
      if (runs.length > 0) {
        const detail = `runs ${runs.join(', ')} are in training for project ${before.name}; cancel them, or wait`
        throw new ServiceError('PROJECT_IN_USE', detail)
      }
      for (const use of this.uses) {
        const words = await use(tx, before)
        if (words !== undefined) throw new ServiceError('PROJECT_IN_USE', words)
      }
      const after = await archiveProject(tx, before.projectId, caller.actor)
      await this.tell(tx, 'project.archive', { before, after, caller })
      return after
    })
  }

  /** The active project, held until the transaction is over. Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED. */
  async lock(tx: Transaction, named: string): Promise<Project> {
    const found = (await findProject(tx, keyOf(named))) ?? unknown(named)
    // It may have been archived between the two looks.
    return refuseArchived(await lockProject(tx, found.projectId))
  }

  private async check(content: ProjectContent, before?: Project): Promise<void> {
    const faults = new MemberFaults()
    await this.addFaults(content, faults, before)
    if (!faults.isEmpty) throw invalidRequest(faults)
  }

  private async change(work: (tx: Transaction) => Promise<Project>): Promise<Project> {
    await this.parts.ownSchema.require()
    return inTransaction(this.parts.ownSchema.pool, work)
  }

  private tell(
    tx: Transaction,
    action: string,
    { before, after, caller }: { before?: Project; after: Project; caller: Caller },
  ): Promise<void> {
    const { name, modelName, revision } = after
    return this.parts.audit.append(tx, {
      caller,
      action,
      resource: `project/${after.projectId}`,
      before: before && digestOf(before),
      after: digestOf(after),
      details: { name, model: modelName, revision },
    })
  }
}

function keyOf(named: string): string | number {
  return /^[0-9]{1,15}$/.test(named) ? Number(named) : named
}

function contentIn(project: Project): ProjectContent {
  const {
    description,
    task,
    owner,
    tags,
    modelName,
    parameters,
    datasetName,
    labels,
    features,
    options,
    metric,
    review,
  } = project
  return {
    description,
    task,
    owner,
    tags,
    modelName,
    parameters,
    datasetName,
    labels,
    features,
    options,
    metric,
    review,
  }
}

/** Of all that can be changed. */
function digestOf({ versionCount: _, createdAt: _at, changedAt: _changed, ...content }: Project): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

function unknown(named: string): never {
  throw new ServiceError('PROJECT_UNKNOWN', `there is no project ${JSON.stringify(named)}`)
}

function refuseArchived(project: Project): Project {
  if (project.archivedAt === null) return project
  const { name, archivedAt } = project
  throw new ServiceError('PROJECT_ARCHIVED', `project ${name} was archived on ${archivedAt.toISOString()}`)
}
