// Versions from the best to the worst by one metric, and which of them were judged on the same rows.
import { invalidRequest, type ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import type { Version } from '../project.ts'

/** The first that there is counts. */
const USUAL = ['validation_accuracy', 'validation_r2', 'accuracy', 'r2']
/** What a leaderboard goes by where nobody says, of the metrics that there are. */
export function usualOf(there: readonly string[]): string | undefined {
  return USUAL.find((name) => there.includes(name))
}

/** metric: undefined where nobody says one. */
export function noSuchMetric(metric: string | undefined, there: readonly string[]): ServiceError {
  const faults = new FaultList()
  const has =
    there.length === 0 ? 'no version has metrics yet' : `the newest versions have ${there.slice(0, 50).join(', ')}`
  const detail = `${metric === undefined ? 'missing' : 'no version has this metric'}: ${has}`
  faults.add({ in: 'query', parameter: 'metric', detail })
  return invalidRequest(faults)
}

/**
 * Two versions with the same one were judged by the metric on the same held-out rows, on the same folds, or both on the
 * rows that they learnt.
 */
export function judgedOn({ datasetSha256, splitSeed, request: { options, labels } }: Version, metric: string): string {
  const { validation_split: share = null, split_by: by = null, split_seed: seed = null } = options
  const folds = metric.startsWith('cv_') ? [options['cross_validation'] ?? null, seed] : []
  return JSON.stringify([datasetSha256, splitSeed, share, by, labels, ...folds])
}
