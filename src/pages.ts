// Lists in pages, as routes answer them.
import { Type } from '@sinclair/typebox'

/** Of every route on the worker's own schema. */
export const ERRORS = ['NOT_SET_UP', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] as const

export const PageQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Entries at the most' }),
    before: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        format: 'int64',
        description: '`next` of the page before',
      }),
    ),
  },
  { additionalProperties: false },
)

/** The member `next` of every list in pages. */
export const NextPage = Type.Optional(
  Type.Integer({ format: 'int64', description: '`before` of the next page; absent on the last' }),
)

/** `before` of the next page, where more were found than a page has. */
export function nextOf<T>(found: readonly T[], limit: number, idOf: (row: T) => number): { next?: number } {
  const last = found[limit - 1]
  return found.length > limit && last !== undefined ? { next: idOf(last) } : {}
}
