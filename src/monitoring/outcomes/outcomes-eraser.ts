// Erasing among outcomes: those that say the value of a label, and those whose prediction was erased. To be registered after
// the log: what it has erased is found here.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction } from '../../database/pool.ts'
import type { Erased, Eraser } from '../../erasures/erasers.ts'
import { ServiceError } from '../../errors.ts'
import { numberOf, type SoughtValue } from '../../model/sought-value.ts'
import type { Level } from '../../model/table.ts'
import { DAY_MS } from '../../model/times.ts'
import { DEFAULT_WORDS } from '../log/monitoring-schemas.ts'
import type { MonitoringSettings } from '../log/monitoring-settings.ts'
import { type DeployedVersion, listDeployedVersions } from '../log/predictions-table.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import { markHours } from '../performance/marks-table.ts'
import { deleteOfErased, deleteSaying } from './kept-outcomes-table.ts'
import { outcomeText } from './outcome.ts'

const VERSIONS_AT_ONCE = 100
const NAMED_MAX = 50

export interface OutcomesEraserParts {
  readonly ownSchema: OwnSchema
  readonly columns: Pick<ColumnsReader, 'of'>
  readonly settings: Pick<MonitoringSettings, 'all'>
  readonly onMarked: () => void
  readonly now: () => number
}

export function outcomesEraser(parts: OutcomesEraserParts): Eraser {
  return { name: 'outcomes', erase: (sought, signal) => eraseOutcomes(parts, sought, signal) }
}

/** O(outcomes and logged predictions). */
async function eraseOutcomes(parts: OutcomesEraserParts, sought: SoughtValue, signal: AbortSignal): Promise<Erased> {
  const { ownSchema, settings, onMarked, now } = parts
  await ownSchema.require()
  const { projectIds, unread } = await projectsWithLabel(parts, sought.column, signal)
  let outcomes = 0
  for (const projectId of projectIds) {
    if (signal.aborted) break
    outcomes += await inTransaction(ownSchema.pool, async (tx) => {
      const times = await deleteSaying(tx, projectId, textsOf(sought.value), numberOf(sought.value))
      await markHours(tx, projectId, times)
      return times.length
    })
  }
  // What is older may have been kept long enough: it goes by itself.
  const days = (await settings.all()).reduce(
    (most, { words }) => Math.max(most, words.retention_days),
    DEFAULT_WORDS.retention_days,
  )
  if (!signal.aborted) outcomes += await deleteOfErased(ownSchema.pool, new Date(now() - days * DAY_MS))
  onMarked()
  const failure = `what versions predict cannot be read; their runs: ${unread.slice(0, NAMED_MAX).join(', ')}`
  return { erased: { outcomes }, failure: unread.length > 0 ? failure : undefined }
}

/** Projects that have a deployed version whose answer is the column. */
async function projectsWithLabel(
  { ownSchema, columns }: OutcomesEraserParts,
  column: string,
  signal: AbortSignal,
): Promise<{ readonly projectIds: ReadonlySet<number>; readonly unread: readonly number[] }> {
  const projectIds = new Set<number>()
  const unread: number[] = []
  let after: Pick<DeployedVersion, 'projectId' | 'version'> = { projectId: 0, version: 0 }
  while (!signal.aborted) {
    const versions = await listDeployedVersions(ownSchema.pool, VERSIONS_AT_ONCE, after)
    for (const { projectId, runId } of versions) {
      if (signal.aborted || projectIds.has(projectId)) continue
      try {
        if ((await columns.of(runId)).answer.name === column) projectIds.add(projectId)
      } catch (error) {
        if (!(error instanceof ServiceError && error.code === 'ARTIFACT_UNUSABLE')) throw error
        unread.push(runId)
      }
    }
    if (versions.length < VERSIONS_AT_ONCE) break
    after = versions.at(-1) as DeployedVersion
  }
  return { projectIds, unread }
}

/** All ways in which an outcome may say it. */
function textsOf(value: Level): string[] {
  const number = numberOf(value)
  const forms: Level[] = [value, String(value), ...(number === undefined ? [] : [number])]
  if (value === 'true' || value === 'false') forms.push(value === 'true')
  return [...new Set(forms.map(outcomeText))]
}
