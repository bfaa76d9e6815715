// Versions from the best to the worst by one metric.
import { invalidRequest, type ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import { isOfTrainingRows, plainMetric, scoringsOf } from '../../model/scoring.ts'
import { judgedOn } from './judged-on.ts'
import type { JudgedVersion } from './versions-table.ts'

export const LEADERBOARD_WARNINGS = ['TRAINING_ROWS', 'METRIC_ABSENT', 'ROWS_DIFFER'] as const

export interface LeaderboardWarning {
  readonly code: (typeof LEADERBOARD_WARNINGS)[number]
  readonly message: string
}

export interface RankedVersion {
  readonly version: JudgedVersion
  /** Among those of the group, from 1; equal values have the same. */
  readonly rank: number
  /** From 1: versions of one group were judged on the same rows. */
  readonly rowsGroup: number
}

/** What a leaderboard goes by where nobody says, the first that there is. */
export const USUAL: readonly string[] = [
  ...['validation_accuracy', 'validation_r2'],
  ...['cv_accuracy', 'cv_r2'],
  ...['accuracy', 'r2'],
]

const NAMED_MAX = 50
const NONE = 'no version has metrics yet'
const SCORINGS = new Set([...scoringsOf('classifier'), ...scoringsOf('regressor')])

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

/** metric: undefined where nobody says one. there: what the newest versions have. */
export function noSuchMetric(metric: string | undefined, there: readonly string[]): ServiceError {
  const faults = new FaultList()
  const what = metric === undefined ? 'missing' : 'no version has this metric'
  const names = there.slice(0, NAMED_MAX).join(', ')
  const isJudged = there.some((name) => SCORINGS.has(plainMetric(name)))
  const has = isJudged
    ? `the newest versions have ${names}`
    : `without labels there is nothing that says which version is better. To sort by a number of theirs, say which: ${names}`
  faults.add({ in: 'query', parameter: 'metric', detail: `${what}: ${there.length === 0 ? NONE : has}` })
  return invalidRequest(faults)
}

/** versions: the best by the metric first; they stay in that order. */
export function rankedBy(metric: string, versions: readonly JudgedVersion[]): RankedVersion[] {
  const groups = new Map<string, { rowsGroup: number; count: number; rank: number; value: number }>()
  return versions.map((version) => {
    const key = judgedOn(version, metric)
    const { value } = version
    const group = groups.get(key) ?? { rowsGroup: groups.size + 1, count: 0, rank: 1, value }
    groups.set(key, group)
    if (value !== group.value) group.rank = group.count + 1
    group.count += 1
    group.value = value
    return { version, rank: group.rank, rowsGroup: group.rowsGroup }
  })
}

/** Why a leaderboard may mislead. all, judged: how many versions the project has, and how many have the metric. */
export function leaderboardWarnings(
  metric: string,
  ranked: readonly RankedVersion[],
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
  const groupCount = new Set(ranked.map(({ rowsGroup }) => rowsGroup)).size
  if (groupCount > 1) {
    const message = `the versions were judged on ${groupCount} different sets of rows: only those with the same rows_group can be compared, and each group has a rank 1`
    warnings.push({ code: 'ROWS_DIFFER', message })
  }
  return warnings
}
