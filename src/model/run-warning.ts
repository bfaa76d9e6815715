// The warnings of a run as they are kept and shown: one schema for what is read, and for the documentation.
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import {
  WARNING_COLUMN_LENGTH_MAX,
  WARNING_MESSAGE_LENGTH_MAX,
  WARNINGS_MAX,
  type Warning,
} from '../learning/warnings.ts'

export const RunWarning = Type.Object(
  {
    // Codes are added with versions, and what another version has kept is to be read.
    code: Type.String({
      maxLength: 60,
      description: 'What it is about, such as NOT_CONVERGED: docs/warnings.md has all',
    }),
    message: Type.String({
      maxLength: WARNING_MESSAGE_LENGTH_MAX,
      description: 'What was found and what was done, with figures; never a value of a row',
    }),
    column: Type.Optional(Type.String({ maxLength: WARNING_COLUMN_LENGTH_MAX, description: 'The column it is about' })),
  },
  { title: 'RunWarning', description: 'What a run tells about its data or its fit although it can succeed' },
)

export const RunWarnings = Type.Unsafe<readonly Warning[]>(Type.Array(RunWarning, { maxItems: WARNINGS_MAX }))

/** The warnings in a value that was read; undefined where it holds none. */
export function readWarnings(value: unknown): readonly Warning[] | undefined {
  return Value.Check(RunWarnings, value) ? value : undefined
}
