// What projects say of their monitoring: set with an entry in the audit, and known in memory to predictions.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Audit } from '../../audit/audit.ts'
import type { Caller } from '../../caller.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Queryable } from '../../database/pool.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import { ServiceError } from '../../errors.ts'
import type { Projects, UseOfProject } from '../../projects/projects.ts'
import { requireMatch } from '../../revisions.ts'
import { DEFAULT_WORDS, type MonitoringWords, type StoredMonitoring } from './monitoring-schemas.ts'
import { findSettings, listSettings, type ProjectSettings, saveSettings } from './monitoring-settings-table.ts'

/** How late a change by another worker is known to the predictions of this one. */
const LOOK_MS = 5_000
/** Projects with settings that are known at the most. */
const PROJECTS_MAX = 20_000

export interface MonitoringSettingsParts {
  readonly ownSchema: OwnSchema
  readonly audit: Pick<Audit, 'append'>
  readonly projects: Pick<Projects, 'find' | 'lock'>
  readonly log: Logger
}

/** Settings of a project, and what is stored of them; undefined where it has said nothing. */
export interface FoundSettings {
  readonly words: MonitoringWords
  readonly stored: StoredMonitoring | undefined
}

export class MonitoringSettings {
  private readonly parts: MonitoringSettingsParts
  /** By project, as they were seen last. */
  private known: ReadonlyMap<number, MonitoringWords> = new Map()
  private timer: NodeJS.Timeout | undefined
  private readonly uses: UseOfProject[] = []

  constructor(parts: MonitoringSettingsParts) {
    this.parts = parts
  }

  /** What needs the log of a project, so that it is not switched off. Of a room that is opened later. */
  registerUse(use: UseOfProject): void {
    this.uses.push(use)
  }

  /** Those of a project, or the defaults. client: of a transaction that holds the project. Throws what the database throws. */
  async of(projectId: number, client: Queryable = this.parts.ownSchema.pool): Promise<MonitoringWords> {
    return (await findSettings(client, projectId))?.words ?? DEFAULT_WORDS
  }

  /** Those of all projects that have said something. Throws what the database throws. */
  all(): Promise<ProjectSettings[]> {
    return listSettings(this.parts.ownSchema.pool, PROJECTS_MAX)
  }

  /** Share of the predictions of a project that is logged, as it was seen last; at once. */
  rateOf(projectId: number): number {
    const words = this.known.get(projectId)
    if (words === undefined || words.log === 'off') return 0
    return words.log === 'all' ? 1 : words.rate
  }

  /** The column of the rows of a project that has their keys, as it was seen last; at once. */
  keyColumnOf(projectId: number): string | undefined {
    return this.known.get(projectId)?.key_column
  }

  /** Share of a project's rows that may be anomalous, as it was seen last; 0 where none are scored. At once. */
  anomalyShareOf(projectId: number): number {
    return this.known.get(projectId)?.anomaly_share ?? 0
  }

  /** Throws ServiceError PROJECT_UNKNOWN. */
  async find(project: string): Promise<FoundSettings> {
    const { projectId } = await this.parts.projects.find(project)
    const stored = await findSettings(this.parts.ownSchema.pool, projectId)
    return { words: stored?.words ?? DEFAULT_WORDS, stored }
  }

  /**
   * Where all is as it was, nothing is written. Throws ServiceError PROJECT_UNKNOWN, PROJECT_ARCHIVED,
   * PRECONDITION_REQUIRED where there are settings and no revision is said, PRECONDITION_FAILED where they have another,
   * PROJECT_IN_USE where something needs the log that is to be switched off.
   */
  async put(
    project: string,
    words: MonitoringWords,
    ifMatch: string | undefined,
    caller: Caller,
  ): Promise<StoredMonitoring> {
    const { ownSchema, audit, projects } = this.parts
    await ownSchema.require()
    const { projectId, stored } = await inTransaction(ownSchema.pool, async (tx) => {
      const locked = await projects.lock(tx, project)
      const { projectId, name } = locked
      const before = await findSettings(tx, projectId)
      requireMatch(ifMatch, before?.revision, `the monitoring of project ${name}`)
      if (before !== undefined && isDeepStrictEqual(before.words, words)) return { projectId, stored: before }
      if (words.log === 'off') {
        for (const use of this.uses) {
          const used = await use(tx, locked)
          if (used !== undefined) throw new ServiceError('PROJECT_IN_USE', used)
        }
      }
      const after = await saveSettings(tx, projectId, words, caller.actor)
      await audit.append(tx, {
        caller,
        action: 'monitoring.put',
        resource: `project/${projectId}`,
        before: before && digestOf(before),
        after: digestOf(after),
        details: { name, log: words.log, rate: words.rate, keyColumn: words.key_column, revision: after.revision },
      })
      return { projectId, stored: after }
    })
    this.known = new Map([...this.known, [projectId, stored.words]])
    return stored
  }

  /** Looks at the table now and then from here on. */
  async start(): Promise<void> {
    await this.refresh()
    this.timer = setInterval(() => void this.refresh(), LOOK_MS)
    this.timer.unref()
  }

  close(): void {
    clearInterval(this.timer)
  }

  /** While the database is away, what was seen last holds. Throws nothing. */
  private async refresh(): Promise<void> {
    const { ownSchema, log } = this.parts
    try {
      if (!(await ownSchema.isUsable())) return
      this.known = new Map((await this.all()).map(({ projectId, words }) => [projectId, words]))
    } catch (error) {
      if (!isDatabaseUnavailable(error)) log.warn({ err: error }, 'the settings of monitoring could not be read')
    }
  }
}

function digestOf({ words, revision }: StoredMonitoring): string {
  return createHash('sha256')
    .update(JSON.stringify([words, revision]))
    .digest('hex')
}
