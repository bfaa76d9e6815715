// What the OpenAPI document says of a search that a training is asked for. Nothing is checked by it: read-search.ts reads.
import { Type } from '@sinclair/typebox'
import { FOLD_KINDS, SEARCH_LIMITS, STRATEGIES } from '../model/search/search-settings.ts'

const Range = Type.Object(
  {
    min: Type.Number({ format: 'double' }),
    max: Type.Number({ format: 'double' }),
    log: Type.Optional(Type.Boolean({ description: 'Draws the logarithm evenly' })),
    integer: Type.Optional(Type.Boolean({ description: 'Draws integers only' })),
  },
  { title: 'SearchRange', additionalProperties: false, description: 'Not for a grid' },
)

const word = (words: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', enum: [...words], description })

const Folds = Type.Object(
  {
    kind: Type.Optional(
      word(FOLD_KINDS, 'Default: as split_by, where it is there; else stratified for classes, plain for numbers'),
    ),
    count: Type.Optional(Type.Integer({ minimum: 2, maximum: SEARCH_LIMITS.folds, default: 5 })),
    repeats: Type.Optional(
      Type.Integer({ minimum: 1, maximum: SEARCH_LIMITS.fits, default: 1, description: 'Each with folds of its own' }),
    ),
    column: Type.Optional(
      Type.String({ description: 'Of groups or times, which is no feature; default: that of split_by' }),
    ),
  },
  { title: 'SearchFolds', additionalProperties: false },
)

export const SearchRequest = Type.Object(
  {
    strategy: word(STRATEGIES, 'grid: all combinations; random: some; halving: many on few rows, the best on all'),
    space: Type.Record(Type.String(), Type.Union([Type.Array(Type.Unknown()), Range]), {
      description: 'By parameter of the model: the values to choose from, or a range',
    }),
    scoring: Type.Optional(
      Type.String({ description: 'A metric, as runs have it; default accuracy for classes, r2 for numbers' }),
    ),
    folds: Type.Optional(Type.Union([Type.Integer({ minimum: 2, maximum: SEARCH_LIMITS.folds }), Folds])),
    trials: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: SEARCH_LIMITS.trials,
        description: 'Parameters to try at the most; default 20 for random, 27 for halving, 1,000 for a grid',
      }),
    ),
    seconds: Type.Optional(
      Type.Number({
        format: 'double',
        exclusiveMinimum: 0,
        maximum: SEARCH_LIMITS.seconds,
        description: 'No trial begins after so many; then the same request may find something else',
      }),
    ),
    seed: Type.Optional(
      Type.Integer({
        format: 'int64',
        minimum: 0,
        maximum: 2 ** 32 - 1,
        default: 0,
        description: 'Of all that is drawn',
      }),
    ),
    early_end: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Ends trials that could not become the best with perfect scores either',
      }),
    ),
  },
  {
    title: 'SearchRequest',
    additionalProperties: false,
    description:
      'Looks for parameters by cross-validation on the rows that are trained on; the best are fitted on all of these',
  },
)
