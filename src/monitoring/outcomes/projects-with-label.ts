// What is sought among labels when a value is erased: the projects that have the label, and how its value is written.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { ServiceError } from '../../errors.ts'
import { numberOf } from '../../model/sought-value.ts'
import type { Level } from '../../model/table.ts'
import { type DeployedVersion, listDeployedVersions } from '../log/predictions-table.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import { outcomeText } from './outcome.ts'

const VERSIONS_AT_ONCE = 100
const NAMED_MAX = 50

export interface LabelParts {
  readonly ownSchema: OwnSchema
  readonly columns: Pick<ColumnsReader, 'of'>
}

/** Projects that have a deployed version whose answer is the column. */
export async function projectsWithLabel(
  { ownSchema, columns }: LabelParts,
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
        if ((await columns.of(runId)).answer?.name === column) projectIds.add(projectId)
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

/** Undefined where all were read. */
export function unreadFailure(runs: readonly number[]): string | undefined {
  if (runs.length === 0) return undefined
  return `what versions predict cannot be read; their runs: ${runs.slice(0, NAMED_MAX).join(', ')}`
}

/** All ways in which an outcome may say it. */
export function textsOf(value: Level): string[] {
  const number = numberOf(value)
  const forms: Level[] = [value, String(value), ...(number === undefined ? [] : [number])]
  if (value === 'true' || value === 'false') forms.push(value === 'true')
  return [...new Set(forms.map(outcomeText))]
}
