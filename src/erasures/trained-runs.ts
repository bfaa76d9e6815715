// Which runs were trained on rows with a value, as far as their results tell.
import { setImmediate as breathe } from 'node:timers/promises'
import { ServiceError } from '../errors.ts'
import type { MemoryBudget } from '../memory/memory-budget.ts'
import { ArtifactError, readArtifactFront } from '../model/artifact.ts'
import { type KnownColumn, readArtifactColumns } from '../model/artifact-columns.ts'
import { isSameValue, numberOf, type SoughtValue, timeOf } from '../model/sought-value.ts'
import type { ResultSize } from '../model-runs/results-table.ts'

/** The results of runs, as trained-runs reads them. */
export interface Results {
  /** Runs that ended in SUCCESS, by id, those after that one. */
  list(afterId: number, limit: number): Promise<readonly number[]>
  /** The first bytes of a result; undefined where there is none. */
  front(runId: number, byteLength: number): Promise<Buffer | undefined>
  size(runId: number): Promise<ResultSize | undefined>
  read(runId: number, size: ResultSize): Promise<Uint8Array<ArrayBuffer>>
}

export interface TrainedRuns {
  /** They learnt from such rows, or their results know the value as a level of the column. */
  readonly trainedOn: readonly number[]
  /** It cannot be told: numbers and times are not kept, or the result cannot be read. */
  readonly undetermined: readonly number[]
}

const PAGE_LENGTH = 200
/** A front with more is not looked into: then the whole result is read. */
const FRONT_BYTES_MAX = 2 ** 18
/** Ids in each list: beyond it the smallest ids are kept. */
export const LISTED_MAX = 10_000

/**
 * Reads the names of the columns of every result, and of those with the column the result, one at a time, within the
 * memory budget; not those of the runs in `learnt`, which are known to have learnt from such rows. Throws what the database throws, and the reason of the signal. O(bytes of the results with the column).
 */
export async function findTrainedRuns(
  results: Results,
  budget: MemoryBudget,
  sought: SoughtValue,
  learnt: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<TrainedRuns> {
  const trainedOn: number[] = []
  const undetermined: number[] = []
  for (let afterId = 0; ; ) {
    const page = await results.list(afterId, PAGE_LENGTH)
    for (const runId of page) {
      signal.throwIfAborted()
      const found = learnt.has(runId) ? 'knows' : await lookAtRun(results, budget, runId, sought)
      if (found !== 'not') (found === 'knows' ? trainedOn : undetermined).push(runId)
      await breathe()
    }
    if (page.length < PAGE_LENGTH) break
    afterId = page.at(-1) as number
  }
  return { trainedOn: trainedOn.slice(0, LISTED_MAX), undetermined: undetermined.slice(0, LISTED_MAX) }
}

async function lookAtRun(
  results: Results,
  budget: MemoryBudget,
  runId: number,
  sought: SoughtValue,
): Promise<'knows' | 'not' | 'unknown'> {
  const memory = budget.hold('the result of a run')
  try {
    const front = await results.front(runId, FRONT_BYTES_MAX)
    if (front === undefined) return 'not'
    if (namesIn(front)?.includes(sought.column) === false) return 'not'
    const size = await results.size(runId)
    if (size === undefined) return 'not'
    memory.take(size.byteLength)
    const bytes = await results.read(runId, size)
    return judge(readArtifactColumns(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)), sought)
  } catch (error) {
    // Of another version, damaged, or larger than the memory that is free.
    if (error instanceof ArtifactError) return 'unknown'
    if (error instanceof ServiceError && UNREADABLE.has(error.code)) return 'unknown'
    throw error
  } finally {
    memory.release()
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['MEMORY_EXCEEDED', 'OVERLOADED', 'ARTIFACT_UNUSABLE'])

/** Undefined where the front does not tell. */
function namesIn(front: Buffer): string[] | undefined {
  try {
    const { feature_names, label_names } = readArtifactFront(front).header
    return [...feature_names, ...label_names]
  } catch (error) {
    if (error instanceof ArtifactError) return undefined
    throw error
  }
}

function judge(columns: readonly KnownColumn[], { column, value }: SoughtValue): 'knows' | 'not' | 'unknown' {
  const named = columns.filter(({ name }) => name === column)
  if (named.some(({ levels }) => levels.some((level) => isSameValue(level, value)))) return 'knows'
  // A value that is no number was in no column of numbers, nor one that is no time in one of times.
  const cells = { categorical: undefined, numeric: numberOf(value), time: timeOf(value) }
  return named.some(({ kind }) => cells[kind] !== undefined) ? 'unknown' : 'not'
}
