// Steps that the check of every import has, whatever the model takes: what is said of its file, and of one that does not answer.
import { createHash } from 'node:crypto'
import { invalidRequest, ServiceError } from '../../errors.ts'
import { FitStopped } from '../../learning/errors.ts'
import { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { FaultList } from '../../model/faults.ts'
import type { ModelParameters } from '../../model/model.ts'
import { ModelFileError, OPTION_PLACE } from '../model-file-error.ts'
import type { ImportQuestion } from './checked-import.ts'
import type { OpenedModel } from './open-model.ts'

/** Throws ServiceError REQUEST_INVALID in the place of ModelFileError. */
export async function tellFileFaults<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    const faults = new FaultList()
    for (const { place, detail } of error.faults) {
      const option = place.startsWith(OPTION_PLACE) ? place.slice(OPTION_PLACE.length) : undefined
      if (option !== undefined) faults.add({ in: 'options', parameter: option, detail })
      else faults.add({ in: 'model', detail, ...(place === '' ? {} : { parameter: place }) })
    }
    throw invalidRequest(faults)
  }
}

/** Sets the flag when the time is over, and throws ServiceError IMPORTED_MODEL_FAILED where the work has stopped then. */
export async function withinTime<T>(timeoutMs: number, work: (stop: StopFlag) => Promise<T>): Promise<T> {
  const stop = new StopFlag()
  const timer = setTimeout(() => stop.set(), timeoutMs)
  try {
    return await work(stop)
  } catch (error) {
    if (!(error instanceof FitStopped)) throw error
    const detail = `the model had not answered the golden rows after ${timeoutMs / 1000} s (PREDICT_TIMEOUT_SECONDS)`
    throw new ServiceError('IMPORTED_MODEL_FAILED', detail)
  } finally {
    clearTimeout(timer)
  }
}

/** What the version says of its file. */
export function parametersOf(
  { file, format }: Pick<ImportQuestion, 'file' | 'format'>,
  { facts }: Pick<OpenedModel, 'facts'>,
  tolerance: number,
): ModelParameters {
  const sha256 = createHash('sha256').update(file).digest('hex')
  return { format, ...facts, sha256, bytes: file.length, tolerance }
}
