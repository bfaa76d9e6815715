// What callers see of a leaderboard.
import { Type } from '@sinclair/typebox'
import { Moment, present } from '../project-schemas.ts'
import { LEADERBOARD_WARNINGS, type RankedVersion } from './leaderboard.ts'

export const LeaderboardAnswer = Type.Object(
  {
    metric: Type.String({
      description: 'What the values are of: perhaps the validation_ or cv_ one of what was asked',
    }),
    lower_is_better: Type.Boolean(),
    entries: Type.Array(
      Type.Object(
        {
          rank: Type.Integer({
            description: 'Among the entries with the same rows_group: 1 is the best; equal values have the same',
          }),
          version: Type.Integer(),
          value: Type.Number({ format: 'double' }),
          rows_group: Type.Integer({
            description: 'Entries with the same number were judged on the same rows; others cannot be compared',
          }),
          rows: Type.Integer({ description: 'The same as rows_group, by its first name', deprecated: true }),
          model_name: Type.String(),
          description: Type.Optional(Type.String()),
          created_at: Moment('When the run became a version'),
        },
        { title: 'LeaderboardEntry' },
      ),
    ),
    warnings: Type.Array(
      Type.Object(
        {
          code: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...LEADERBOARD_WARNINGS] }),
          message: Type.String(),
        },
        { title: 'LeaderboardWarning' },
      ),
      { description: 'Why it may mislead' },
    ),
  },
  { title: 'Leaderboard' },
)

export function entriesOf(ranked: readonly RankedVersion[]) {
  return ranked.map(({ version, rank, rowsGroup }) => ({
    rank,
    version: version.version,
    value: version.value,
    rows_group: rowsGroup,
    rows: rowsGroup,
    model_name: version.request.modelName,
    ...present({ description: version.description }),
    created_at: version.createdAt.toISOString(),
  }))
}
