// Versions from the best to the worst by one metric.
import { invalidRequest, type ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import { isOfTrainingRows } from '../../model/scoring.ts'

export const LEADERBOARD_WARNINGS = ['TRAINING_ROWS', 'METRIC_ABSENT'] as const

export interface LeaderboardWarning {
  readonly code: (typeof LEADERBOARD_WARNINGS)[number]
  readonly message: string
}

/** What a leaderboard goes by where nobody says, the first that there is. */
export const USUAL: readonly string[] = [
  ...['validation_accuracy', 'validation_r2'],
  ...['cv_accuracy', 'cv_r2'],
  ...['accuracy', 'r2'],
]

/** The first of the usual ones that there is. */
export function usualOf(there: readonly string[]): string | undefined {
  return USUAL.find((name) => there.includes(name))
}

/**
 * The metrics that a leaderboard by this one may go by, the first that there is: rows that were not learnt from tell more
 * than those that were.
 */
export function metricsFor(metric: string): readonly string[] {
  return isOfTrainingRows(metric) ? [`validation_${metric}`, `cv_${metric}`, metric] : [metric]
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

/** Why a leaderboard may mislead. counts: of the versions of the project, and of those that have the metric. */
export function leaderboardWarnings(
  metric: string,
  { all, judged }: { readonly all: number; readonly judged: number },
): LeaderboardWarning[] {
  const warnings: LeaderboardWarning[] = []
  if (isOfTrainingRows(metric)) {
    const message = `${metric} is of the rows that the versions learnt from, and is best where one has learnt them by heart: train with validation_split or cross_validation`
    warnings.push({ code: 'TRAINING_ROWS', message })
  }
  if (judged < all) {
    const message = `${all - judged} of ${all} versions have no ${metric} and are left out`
    warnings.push({ code: 'METRIC_ABSENT', message })
  }
  return warnings
}
