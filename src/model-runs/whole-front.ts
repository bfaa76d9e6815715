// All of an artifact that stands before its payload, however long it is.

import { ServiceError } from '../errors.ts'
import { ARTIFACT_PREFIX_LENGTH, frontLengthOf } from '../model/artifact.ts'
import type { RunFront } from './fronts-table.ts'
import { requireResult } from './require-result.ts'
import type { StoredResults } from './stored-results.ts'

/** Bytes that are read at first: most fronts have some thousand. */
const FIRST_BYTES = 2 ** 16
/** A front with more is none of ours: names of 65,536 columns are far shorter. */
const FRONT_BYTES_MAX = 2 ** 26

export type RunWithFront = RunFront & { readonly front: Buffer }

/** Throws ServiceError RUN_UNKNOWN, RUN_FAILED, RUN_NOT_READY, ARTIFACT_UNUSABLE; ArtifactError of what is no artifact. */
export async function readWholeFront(results: Pick<StoredResults, 'front'>, runId: number): Promise<RunWithFront> {
  const run = await results.front(runId, FIRST_BYTES)
  requireResult(runId, run)
  const { front } = run
  if (front === null) throw new ServiceError('ARTIFACT_UNUSABLE', `run ${runId} is SUCCESS without a result`)
  const length = frontLengthOf(front.subarray(0, ARTIFACT_PREFIX_LENGTH))
  if (length <= FIRST_BYTES || length > FRONT_BYTES_MAX) return { ...run, front }
  const whole = await results.front(runId, length)
  return { ...run, front: whole?.front ?? Buffer.alloc(0) }
}
