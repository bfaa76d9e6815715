// What the OpenAPI document says of a search that a training is asked for. Nothing is checked by it: read-search.ts reads.
import { Type } from '@sinclair/typebox'
import { SEARCH_LIMITS, STRATEGIES } from '../model/search/search-settings.ts'

const word = (words: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', enum: [...words], description })

export const SearchRequest = Type.Object(
  {
    strategy: word(STRATEGIES, 'grid: all combinations; random: some; halving: many on few rows, the best on all'),
    space: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          'By parameter of the model: a list of values, or a range of numbers {"min": …, "max": …, "log": false, "integer": false}, which is not for a grid. Default: that of the model class, where it has one',
      }),
    ),
    scoring: Type.Optional(
      Type.String({ description: 'A metric, as runs have it; default accuracy for classes, r2 for numbers' }),
    ),
    folds: Type.Optional(
      Type.Any({
        description:
          'How many, 2 to 20, default 5; or {"kind": "stratified", "plain", "grouped" or "time", "count": …, "repeats": …, "column": …}',
      }),
    ),
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
    evaluations: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: SEARCH_LIMITS.evaluations,
        description: 'Ends it after so many: that of a search that its seconds ended, to make the same again',
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
