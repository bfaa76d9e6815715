// What a search is asked for, once it is checked: plain data, which lies in the spool.
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Space } from '../../learning/model-selection/space.ts'

export const STRATEGIES = ['grid', 'random', 'halving'] as const
export const FOLD_KINDS = ['stratified', 'plain', 'grouped', 'time'] as const

export const SEARCH_LIMITS = {
  trials: 1_000,
  /** Candidates of all rounds: a third of a round is in the next. */
  evaluations: 2_000,
  seconds: 86_400,
  folds: 20,
  /** Folds of all repeats. */
  fits: 100,
  parameters: 50,
  /** Of one parameter. */
  values: 100,
  /** Characters of a value as JSON. */
  valueLength: 500,
} as const

const word = <const Words extends readonly string[]>(words: Words) =>
  Type.Union(words.map((one) => Type.Literal(one as Words[number])))

const Range = Type.Object({
  min: Type.Number(),
  max: Type.Number(),
  log: Type.Optional(Type.Boolean()),
  integer: Type.Optional(Type.Boolean()),
})

const Settings = Type.Object({
  strategy: word(STRATEGIES),
  space: Type.Record(Type.String(), Type.Union([Type.Array(Type.Unknown(), { minItems: 1 }), Range])),
  /** A metric of `evaluate`. */
  scoring: Type.String(),
  folds: Type.Object({
    kind: word(FOLD_KINDS),
    count: Type.Integer({ minimum: 2, maximum: SEARCH_LIMITS.folds }),
    repeats: Type.Integer({ minimum: 1, maximum: SEARCH_LIMITS.fits }),
    /** Of groups or times. */
    column: Type.Optional(Type.String()),
  }),
  /** At the most. */
  trials: Type.Integer({ minimum: 1, maximum: SEARCH_LIMITS.trials }),
  /** No trial begins after so many; null is without a bound. */
  seconds: Type.Union([Type.Null(), Type.Number({ exclusiveMinimum: 0, maximum: SEARCH_LIMITS.seconds })]),
  /** Ends it after so many candidates were judged, one of several rounds once for each: a search that its time ended, again. */
  evaluations: Type.Optional(Type.Integer({ minimum: 1, maximum: SEARCH_LIMITS.evaluations })),
  /** Draws candidates, folds, and rows of halving. */
  seed: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 }),
  /** Whether a trial ends that cannot win any more. */
  earlyEnd: Type.Boolean(),
})
export type SearchSettings = Omit<Static<typeof Settings>, 'space'> & { readonly space: Space }

/** Whether a value that was read says what a search says. */
export function isSearchSettings(value: unknown): value is SearchSettings {
  return Value.Check(Settings, value)
}
