// What is said of the search of a run over HTTP.
import { type Static, Type } from '@sinclair/typebox'
import { evaluationsIn, rankTrials, type SearchReport } from '../training-summary/search-report.ts'

const Score = Type.Unsafe<number | null>({ type: ['number', 'null'], format: 'double' })
const Count = Type.Integer({ minimum: 0 })
const word = (...words: readonly string[]) => Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': words })

export const SearchSummary = Type.Object(
  {
    strategy: word('grid', 'random', 'halving', 'auto'),
    scoring: Type.String({ description: 'The metric that trials are compared by' }),
    trials: Type.Optional(Type.Integer({ description: 'How many were made; absent until its end' })),
    score: Type.Optional(Type.Number({ format: 'double', description: 'Mean over the folds of the best trial' })),
  },
  { title: 'SearchSummary', description: 'The search for parameters, where the run makes one' },
)

const Trial = Type.Object(
  {
    trial: Type.Integer({ minimum: 1, description: 'Counts in the order in which they were drawn' }),
    rank: Type.Integer({ minimum: 1, description: '1 is the best; those without a comparable score come last' }),
    state: Type.Unsafe<string>({
      type: 'string',
      'x-extensible-enum': ['finished', 'ended_early', 'dropped', 'failed'],
      description: 'ended_early: it could not win any more; dropped: others of its round of halving were better',
    }),
    parameters: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
    mean: Score,
    deviation: Type.Unsafe<number | null>({
      type: ['number', 'null'],
      format: 'double',
      description: 'Over the folds',
    }),
    scores: Type.Array(Score, { description: 'By fold; fewer where it ended early' }),
    round: Type.Integer({ minimum: 1, description: 'The last one that it was in' }),
    rows: Type.Integer({ minimum: 0, description: 'Rows that this round used' }),
    reason: Type.Optional(Type.String({ description: 'Why it failed' })),
  },
  { title: 'SearchTrial' },
)

export const RunSearch = Type.Object(
  {
    model_run_id: Type.Integer({ format: 'int64' }),
    ...SearchSummary.properties,
    trials: Type.Array(Trial),
    lower_is_better: Type.Boolean(),
    folds: Type.Object(
      {
        kind: word('stratified', 'plain', 'grouped', 'time'),
        count: Count,
        repeats: Count,
        column: Type.Optional(Type.String({ description: 'That the folds follow' })),
      },
      { title: 'FoldsOfSearch' },
    ),
    seed: Type.Integer({ minimum: 0, format: 'int64' }),
    evaluations: Type.Integer({
      description:
        'Candidates that were judged, over all rounds; asked for in place of seconds it is the same search again',
    }),
    early_end: Type.Boolean(),
    best: Type.Integer({ minimum: 1, description: 'The trial whose parameters the run was trained with' }),
    blend: Type.Optional(
      Type.Array(
        Type.Object(
          { trial: Type.Integer({ minimum: 1 }), weight: Type.Number({ format: 'double' }) },
          { title: 'BlendedTrial' },
        ),
        { description: 'Of strategy auto: trials whose predictions are averaged; absent where it is the best alone' },
      ),
    ),
  },
  { title: 'RunSearch', description: 'All trials of a search' },
)

export function searchAnswerOf(runId: number, report: SearchReport): Static<typeof RunSearch> {
  const { strategy, scoring, lowerIsBetter, folds, seed, earlyEnd, best, blend, parameters, trials } = report
  const ranks = new Map(rankTrials(report).map((trial, place) => [trial, place + 1]))
  const score = trials[best]?.mean
  return {
    model_run_id: runId,
    strategy,
    scoring,
    ...(typeof score === 'number' ? { score } : {}),
    lower_is_better: lowerIsBetter,
    folds,
    seed,
    evaluations: evaluationsIn(report),
    early_end: earlyEnd,
    best: best + 1,
    ...(blend === undefined ? {} : { blend: blend.map(({ trial, weight }) => ({ trial: trial + 1, weight })) }),
    trials: trials.map(({ values, state, mean, deviation, scores, round, rows, reason }, i) => ({
      trial: i + 1,
      rank: ranks.get(i) as number,
      state,
      parameters: Object.fromEntries(parameters.map(({ name }, j) => [name, JSON.parse(values[j] as string)])),
      mean,
      deviation,
      scores,
      round: round + 1,
      rows,
      ...(reason === undefined ? {} : { reason }),
    })),
  }
}

export function searchSummaryOf({ strategy, scoring, trials, best }: SearchReport): Static<typeof SearchSummary> {
  const score = trials[best]?.mean
  return { strategy, scoring, trials: trials.length, ...(typeof score === 'number' ? { score } : {}) }
}
