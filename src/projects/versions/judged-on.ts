// Which versions were judged by a metric on the same rows, so that their values can be compared.
import { FOLD_COUNT, FOLD_REPEATS } from '../../model/cross-fitting/cross-fitting.ts'
import { plainMetric, scoringsOf } from '../../model/scoring.ts'
import { SPLIT_SEED_DEFAULT } from '../../model/split-seed.ts'
import type { TrainingOptions, Version } from '../project.ts'

type Members = Readonly<Record<string, unknown>>

/**
 * Two versions with the same one were judged by the metric on the same held-out rows, on the same folds, or both on the
 * rows that they learnt from.
 */
export function judgedOn(version: Version, metric: string): string {
  const { datasetSha256, splitSeed, request } = version
  const { validation_split: share = null, split_by: by = null, weights = null } = request.options
  return JSON.stringify([datasetSha256, splitSeed, share, by, request.labels, weights, foldsOf(version, metric)])
}

function foldsOf(version: Version, metric: string): unknown {
  const usualKind = scoringsOf('classifier').includes(plainMetric(metric)) ? 'stratified' : 'plain'
  if (metric.startsWith('cv_')) return crossValidationFolds(version, usualKind)
  return metric.startsWith('search_') ? searchFolds(version, usualKind) : null
}

/** Calibration and threshold have folds without asking for them. */
function crossValidationFolds({ splitSeed, request: { options } }: Version, usualKind: string): unknown {
  const asked = options['cross_validation'] ?? FOLD_COUNT.default
  const seed = splitSeed ?? options['split_seed'] ?? SPLIT_SEED_DEFAULT
  return [...foldKey(membersOf(asked, 'folds'), 'folds', options, usualKind), seed]
}

/** A search whose last round may not have had all rows, and one of the model class itself, is like no other. */
function searchFolds({ version, request: { options } }: Version, usualKind: string): unknown {
  const { search } = options
  if (!isRecord(search)) return version
  const { strategy, seed, seconds, evaluations } = search
  if (strategy === 'halving' && (seconds ?? evaluations ?? null) !== null) return version
  return [...foldKey(membersOf(search['folds'], 'count'), 'count', options, usualKind), seed ?? 0]
}

/** Count, repeats, kind and column with the defaults in place. Folds that say no kind follow what rows are split by. */
function foldKey(
  members: Members,
  count: 'folds' | 'count',
  options: TrainingOptions,
  usualKind: string,
): readonly unknown[] {
  const { repeats, kind, column } = members
  const by = kind === 'stratified' || kind === 'plain' ? null : (column ?? splitColumnIn(options))
  const chosen = kind ?? (by === null ? usualKind : null)
  return [members[count] ?? FOLD_COUNT.default, repeats ?? FOLD_REPEATS.default, chosen, by]
}

/** A number stands for an object with this one member. */
function membersOf(given: unknown, member: string): Members {
  return isRecord(given) ? given : { [member]: given ?? null }
}

function splitColumnIn({ split_by: by = null }: TrainingOptions): unknown {
  return isRecord(by) ? (by['column'] ?? null) : by
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}
