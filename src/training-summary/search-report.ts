// What is kept of a search: every trial with its scores. Seconds are not: the same search gives the same bytes.
import { type Static, Type } from '@sinclair/typebox'
import type { Space } from '../learning/model-selection/space.ts'
import { isRange } from '../learning/model-selection/space.ts'
import { MEMBERS_MAX } from '../model/auto/auto-parameters.ts'
import { isBetter, isLowerBetter } from '../model/scoring.ts'
import type { SearchResult } from '../model/search/run-search.ts'
import { FOLD_KINDS, SEARCH_LIMITS, type SearchSettings, STRATEGIES } from '../model/search/search-settings.ts'
import { TRIAL_STATES } from '../model/search/trial.ts'
import { Count, Text } from './report-parts.ts'
import { shortText } from './texts.ts'

const NumberOrNull = Type.Union([Type.Number(), Type.Null()])
const oneOf = <const Words extends readonly string[]>(words: Words) =>
  Type.Union(words.map((one) => Type.Literal(one as Words[number])))

export const SearchReport = Type.Object({
  strategy: oneOf([...STRATEGIES, 'auto']),
  scoring: Text,
  lowerIsBetter: Type.Boolean(),
  folds: Type.Object({ kind: oneOf(FOLD_KINDS), count: Count, repeats: Count, column: Type.Optional(Text) }),
  seed: Count,
  earlyEnd: Type.Boolean(),
  parameters: Type.Array(Type.Object({ name: Text, log: Type.Boolean() }), {
    maxItems: SEARCH_LIMITS.parameters,
    description: 'those that were searched, in alphabetical order; log: drawn by their logarithm',
  }),
  best: Type.Integer({ minimum: 0, description: 'index of the best trial' }),
  blend: Type.Optional(
    Type.Array(Type.Object({ trial: Count, weight: Type.Number({ minimum: 0, maximum: 1 }) }), {
      maxItems: MEMBERS_MAX,
      description: 'trials whose predictions are averaged, and what each counts for; absent: the best alone',
    }),
  ),
  trials: Type.Array(
    Type.Object({
      values: Type.Array(Type.String({ maxLength: SEARCH_LIMITS.valueLength }), {
        maxItems: SEARCH_LIMITS.parameters,
        description: 'of the parameters, as JSON',
      }),
      state: oneOf(TRIAL_STATES),
      scores: Type.Array(NumberOrNull, { maxItems: SEARCH_LIMITS.fits, description: 'by fold' }),
      mean: NumberOrNull,
      deviation: NumberOrNull,
      round: Count,
      rows: Count,
      reason: Type.Optional(Text),
    }),
    { maxItems: SEARCH_LIMITS.trials },
  ),
})
export type SearchReport = Static<typeof SearchReport>

export function describeSearch(settings: SearchSettings, { trials, best }: SearchResult): SearchReport {
  const { strategy, scoring, folds, seed, space, earlyEnd } = settings
  const names = Object.keys(space).sort()
  const { column, ...others } = folds
  return {
    strategy,
    scoring,
    lowerIsBetter: isLowerBetter(scoring),
    folds: { ...others, ...(column === undefined ? {} : { column: shortText(column) }) },
    seed,
    earlyEnd,
    parameters: names.map((name) => ({ name: shortText(name), log: isLog(space, name) })),
    best,
    trials: trials.map(({ parameters, state, scores, mean, deviation, round, rows, reason }) => ({
      values: names.map((name) => JSON.stringify(parameters[name])),
      state,
      scores: [...scores],
      mean,
      deviation,
      round,
      rows,
      ...(reason === undefined ? {} : { reason: shortText(reason) }),
    })),
  }
}

function isLog(space: Space, name: string): boolean {
  const values = space[name]
  return values !== undefined && isRange(values) && values.log === true
}

/** Candidates that were judged, those of several rounds once for each. */
export function evaluationsIn({ trials }: SearchReport): number {
  return trials.reduce((sum, { round }) => sum + round + 1, 0)
}

/** Indices of trials from the best to the worst: of later rounds first, then by score, then those without a comparable one. */
export function rankTrials({ trials, scoring }: SearchReport): number[] {
  const order = ['finished', 'dropped', 'ended_early', 'failed']
  const compare = (a: number, b: number): number => {
    const [one, other] = [trials[a], trials[b]] as [SearchReport['trials'][0], SearchReport['trials'][0]]
    const byState = order.indexOf(one.state) - order.indexOf(other.state) || other.round - one.round
    if (byState !== 0) return byState
    const [mean, otherMean] = [one.mean ?? undefined, other.mean ?? undefined]
    if (isBetter(scoring, mean, otherMean)) return -1
    return isBetter(scoring, otherMean, mean) ? 1 : a - b
  }
  return [...trials.keys()].sort(compare)
}

/** Whether the parts of one that was read fit together; undefined of a training without a search does. */
export function isWholeSearch(search: SearchReport | undefined): boolean {
  if (search === undefined) return true
  const { parameters, trials, best, blend = [] } = search
  return (
    best < trials.length &&
    blend.every(({ trial }) => trial < trials.length) &&
    trials.every(({ values }) => values.length === parameters.length && values.every(isJson))
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
