// What callers see of looks at performance and coverage.
import { Type } from '@sinclair/typebox'
import { SEVERITIES, VERDICTS } from '../../alerts/signals.ts'
import { ENVIRONMENT_NAME } from '../../deployments/deployment.ts'
import { NextPage, PageQuery } from '../../pages.ts'
import { Moment } from '../../projects/project-schemas.ts'
import { PERFORMANCE_LOOKS, type PerformanceLook, type PerformanceLookKind } from './looks-table.ts'

const Word = (words: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...words], description })

export const LooksQuery = Type.Object(
  {
    ...PageQuery.properties,
    environment: Type.Optional(Type.String({ pattern: ENVIRONMENT_NAME, description: 'Only those of it' })),
    version: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'Only those of it' })),
    kind: Type.Optional(
      Type.Unsafe<PerformanceLookKind>({
        type: 'string',
        enum: [...PERFORMANCE_LOOKS],
        description: 'Only those of it',
      }),
    ),
  },
  { additionalProperties: false },
)

export const LookList = Type.Object(
  {
    looks: Type.Array(
      Type.Object(
        {
          id: Type.Integer({ format: 'int64' }),
          kind: Word(PERFORMANCE_LOOKS, 'What was judged'),
          environment: Type.String(),
          version: Type.Integer(),
          from: Moment('The start of the window, wider where it had too few outcomes'),
          to: Moment('Its end'),
          verdict: Word(VERDICTS, 'bad: worse than promised, by more than chance explains and by enough to matter'),
          severity: Type.Optional(Word(SEVERITIES, 'Of a bad one')),
          details: Type.Object({}, { additionalProperties: true, description: 'The figures it was judged by' }),
          looked_at: Moment('When it was judged'),
        },
        { title: 'PerformanceLook' },
      ),
    ),
    next: NextPage,
  },
  { title: 'PerformanceLookList' },
)

export function lookAnswerOf({ lookId, kind, environment, version, from, to, ...look }: PerformanceLook) {
  const { verdict, severity, details, lookedAt } = look
  return {
    ...{ id: lookId, kind, environment, version, from: from.toISOString(), to: to.toISOString(), verdict },
    ...(severity === null ? {} : { severity }),
    ...{ details, looked_at: lookedAt.toISOString() },
  }
}
