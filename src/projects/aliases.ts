// Aliases: movable names of versions, with all that they pointed to before.
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import { ServiceError } from '../errors.ts'
import { requireMatch } from '../revisions.ts'
import {
  deleteAlias,
  findAlias,
  insertChange,
  lastRevision,
  listAliases,
  listChanges,
  writeAlias,
} from './aliases-table.ts'
import type { Alias, AliasChange, Project } from './project.ts'
import type { Projects } from './projects.ts'
import type { Versions } from './versions/versions.ts'

export interface AliasesParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly projects: Projects
  readonly versions: Versions
}

/** What a caller asks of one alias. */
export interface AliasChoice {
  readonly project: string
  readonly alias: string
  readonly ifMatch: string | undefined
}

/** Aliases that a project may have. */
export const ALIASES_MAX = 100

export class Aliases {
  private readonly parts: AliasesParts

  constructor(parts: AliasesParts) {
    this.parts = parts
  }

  async list(project: string): Promise<Alias[]> {
    const { projectId } = await this.parts.projects.find(project)
    return listAliases(this.parts.ownSchema.pool, projectId, ALIASES_MAX)
  }

  /** Throws ServiceError PROJECT_UNKNOWN, ALIAS_UNKNOWN. */
  async find(project: string, alias: string): Promise<Alias> {
    const { projectId, name } = await this.parts.projects.find(project)
    return (await findAlias(this.parts.ownSchema.pool, projectId, alias)) ?? unknown(name, alias)
  }

  /** What it pointed to, the newest first; also of an alias that was taken away. */
  async history(project: string, alias: string, limit: number, before?: number): Promise<AliasChange[]> {
    const { projectId } = await this.parts.projects.find(project)
    return listChanges(this.parts.ownSchema.pool, projectId, alias, limit, before)
  }

  /** Makes the alias, or moves it. Throws ServiceError VERSION_UNKNOWN, PROJECT_…, PRECONDITION_…. */
  async point(choice: AliasChoice, version: number, caller: Caller): Promise<Alias> {
    return this.change(choice, async (tx, project, before) => {
      const { projectId, name } = project
      await this.parts.versions.require(project, version)
      if (before === undefined && (await listAliases(tx, projectId, ALIASES_MAX)).length >= ALIASES_MAX) {
        throw new ServiceError('PROJECT_IN_USE', `project ${name} has ${ALIASES_MAX} aliases, the most that may be`)
      }
      const revision = 1 + (before?.revision ?? (await lastRevision(tx, projectId, choice.alias)))
      const change = { version, revision, by: caller.actor }
      const after = await writeAlias(tx, projectId, choice.alias, change)
      await insertChange(tx, projectId, choice.alias, change)
      await this.tell(tx, project, choice.alias, { before: before?.version, after: version, caller })
      return after
    })
  }

  /** Takes it away; its history stays. Throws ServiceError ALIAS_UNKNOWN, PROJECT_…, PRECONDITION_…. */
  async remove(choice: AliasChoice, caller: Caller): Promise<Alias> {
    return this.change(choice, async (tx, project, before) => {
      const { alias } = choice
      if (before === undefined) return unknown(project.name, alias)
      const revision = 1 + before.revision
      await deleteAlias(tx, project.projectId, alias)
      await insertChange(tx, project.projectId, alias, { version: null, revision, by: caller.actor })
      await this.tell(tx, project, alias, { before: before.version, after: undefined, caller })
      return before
    })
  }

  private async change<T>(
    { project: named, alias, ifMatch }: AliasChoice,
    work: (tx: Transaction, project: Project, before: Alias | undefined) => Promise<T>,
  ): Promise<T> {
    await this.parts.ownSchema.require()
    return inTransaction(this.parts.ownSchema.pool, async (tx) => {
      // Changes of the aliases of a project come one after the other.
      const project = await this.parts.projects.lock(tx, named)
      const before = await findAlias(tx, project.projectId, alias)
      requireMatch(ifMatch, before?.revision, `alias ${alias}`)
      return work(tx, project, before)
    })
  }

  private tell(
    tx: Transaction,
    { projectId, name }: Project,
    alias: string,
    { before, after, caller }: { before: number | undefined; after: number | undefined; caller: Caller },
  ): Promise<void> {
    const action = after === undefined ? 'alias.remove' : 'alias.point'
    const resource = `project/${projectId}/alias/${alias}`
    const details = {
      name,
      ...(before === undefined ? {} : { from: before }),
      ...(after === undefined ? {} : { to: after }),
    }
    return this.parts.audit.append(tx, { caller, action, resource, details })
  }
}

function unknown(project: string, alias: string): never {
  throw new ServiceError('ALIAS_UNKNOWN', `project ${project} has no alias ${alias}`)
}
