// Erasing in the log of predictions: whole rows that have the value in the column, be it a feature or the caller's key, or answer
// with it.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import type { Erased, Eraser } from '../../erasures/erasers.ts'
import { ServiceError } from '../../errors.ts'
import type { KnownColumn } from '../../model/artifact-columns.ts'
import { isSameValue, numberOf, type SoughtValue, timeOf } from '../../model/sought-value.ts'
import { FeatureReader } from './decode-rows.ts'
import { PAGE_ROWS } from './export-blocks.ts'
import { keyDigestsOf, keyTextsOf } from './key-digests.ts'
import {
  type DeployedVersion,
  deleteKeyed,
  deletePredictions,
  listDeployedVersions,
  listPredictions,
  type StoredPrediction,
} from './predictions-table.ts'
import type { ColumnsReader, VersionColumns } from './version-columns.ts'

const VERSIONS_AT_ONCE = 100
/** Versions that are named in one place. */
const NAMED_MAX = 50

export interface LogEraserParts {
  readonly ownSchema: OwnSchema
  /** Writes what waits in memory. */
  readonly flush: () => Promise<void>
  readonly columns: ColumnsReader
  readonly keys: KeyRing
}

export function logEraser(parts: LogEraserParts): Eraser {
  return { name: 'predictions', erase: (sought, signal) => eraseInLog(parts, sought, signal) }
}

/** O(kept rows of the versions that have the column). */
async function eraseInLog(parts: LogEraserParts, sought: SoughtValue, signal: AbortSignal): Promise<Erased> {
  const { ownSchema, flush, keys } = parts
  await ownSchema.require()
  await flush()
  const unread: number[] = []
  let rows = 0
  const keyDigests = keyTextsOf(sought.value).flatMap((text) => keyDigestsOf(keys, sought.column, text))
  let keyedProject = 0
  let after = { projectId: 0, version: 0 }
  while (!signal.aborted) {
    const versions = await listDeployedVersions(ownSchema.pool, VERSIONS_AT_ONCE, after)
    for (const version of versions) {
      if (signal.aborted) break
      if (version.projectId !== keyedProject) rows += await deleteKeyed(ownSchema.pool, version.projectId, keyDigests)
      keyedProject = version.projectId
      try {
        rows += await eraseInVersion(parts, version, sought, signal)
      } catch (error) {
        if (!(error instanceof ServiceError && error.code === 'ARTIFACT_UNUSABLE')) throw error
        unread.push(version.runId)
      }
    }
    if (versions.length < VERSIONS_AT_ONCE) break
    after = versions.at(-1) as DeployedVersion
  }
  const failure = `what versions predicted cannot be read; their runs: ${unread.slice(0, NAMED_MAX).join(', ')}`
  return { erased: { rows }, failure: unread.length > 0 ? failure : undefined }
}

async function eraseInVersion(
  { ownSchema: { pool }, columns, keys }: LogEraserParts,
  { projectId, version, runId }: DeployedVersion,
  sought: SoughtValue,
  signal: AbortSignal,
): Promise<number> {
  if ((await firstOf(pool, projectId, version)) === undefined) return 0
  const isSought = testOf(await columns.of(runId), sought)
  if (isSought === undefined) return 0
  const reader = new FeatureReader(keys)
  let erased = 0
  for (let after: string | undefined; !signal.aborted; ) {
    const page = await listPredictions(pool, projectId, { version }, { order: 'oldest', limit: PAGE_ROWS, after })
    const found = page.filter((row) => isSought(row, reader)).map(({ predictionId }) => predictionId)
    if (found.length > 0) erased += await deletePredictions(pool, projectId, found)
    if (page.length < PAGE_ROWS) break
    after = page.at(-1)?.predictionId
  }
  return erased
}

async function firstOf(
  pool: OwnSchema['pool'],
  projectId: number,
  version: number,
): Promise<StoredPrediction | undefined> {
  return (await listPredictions(pool, projectId, { version }, { order: 'oldest', limit: 1 }))[0]
}

type IsSought = (row: StoredPrediction, reader: FeatureReader) => boolean

/** Undefined where the version has no such value. */
function testOf({ features, answer }: VersionColumns, sought: SoughtValue): IsSought | undefined {
  const place = features.findIndex(({ name }) => name === sought.column)
  const ofFeature = features[place] && codesOf(features[place], sought)
  const ofAnswer = answer?.name === sought.column ? codesOf(answer, sought) : undefined
  if (ofFeature === undefined && ofAnswer === undefined) return undefined
  return (row, reader) => {
    if (row.answer !== null && ofAnswer?.has(row.answer)) return true
    if (ofFeature === undefined) return false
    const code = reader.featuresOf(row)[place] ?? null
    return code !== null && ofFeature.has(code)
  }
}

/** The numbers that stand for the value in a column; undefined where there are none. */
function codesOf({ kind, levels }: KnownColumn, { value }: SoughtValue): ReadonlySet<number> | undefined {
  if (kind !== 'categorical') {
    const number = kind === 'time' ? timeOf(value) : numberOf(value)
    return number === undefined ? undefined : new Set([number])
  }
  const codes = [...levels.keys()].filter((code) => isSameValue(levels[code] as KnownColumn['levels'][number], value))
  return codes.length === 0 ? undefined : new Set(codes)
}
