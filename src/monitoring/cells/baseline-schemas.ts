// How the baseline of a version is answered.
import { Type } from '@sinclair/typebox'
import { type Baseline, type ColumnBaseline, cellNames } from '../../cells/baseline.ts'

const Count = (description: string) => Type.Integer({ minimum: 0, format: 'int64', description })

const BaselineCell = Type.Object(
  {
    name: Type.String({
      description: 'bin0, bin1, …, or a level; then below, above, missing, or other, unseen, missing',
    }),
    from: Type.Optional(Type.Number({ format: 'double', description: 'Of a bin: its smallest number' })),
    to: Type.Optional(
      Type.Number({
        format: 'double',
        description: 'Of a bin: numbers are below it, those of the last bin at most it',
      }),
    ),
    count: Count('Rows of the training in it'),
  },
  { title: 'BaselineCell' },
)

const BaselineColumn = Type.Object(
  {
    name: Type.String(),
    kind: Type.Unsafe<'numeric' | 'categorical'>({ type: 'string', 'x-extensible-enum': ['numeric', 'categorical'] }),
    cells: Type.Array(BaselineCell),
  },
  { title: 'BaselineColumn' },
)

export const BaselineAnswer = Type.Object(
  {
    version: Type.Integer(),
    status: Type.Unsafe<'frozen' | 'no_baseline'>({
      type: 'string',
      'x-extensible-enum': ['frozen', 'no_baseline'],
      description: 'no_baseline: its training froze none, as those of earlier workers; train it again',
    }),
    rows: Type.Optional(Count('Rows of the training, those held out too')),
    answers_of: Type.Optional(
      Type.Unsafe<Baseline['answersOf']>({
        type: 'string',
        'x-extensible-enum': ['held_out', 'out_of_fold', 'none'],
        description:
          'Whose answers were counted: rows that were held out, or that folds validated. none: the version has seen all of its rows, so that answers and confidence have no baseline',
      }),
    ),
    answer_rows: Type.Optional(Count('Rows whose answers were counted')),
    features: Type.Array(BaselineColumn),
    answers: Type.Array(BaselineColumn),
    confidence: Type.Optional(BaselineColumn),
  },
  { title: 'Baseline' },
)

export function baselineAnswer(version: number, baseline: Baseline | undefined) {
  if (baseline === undefined) return { version, status: 'no_baseline' as const, features: [], answers: [] }
  const { features, answers, confidence, answersOf, rowCount, answerRowCount } = baseline
  return {
    ...{ version, status: 'frozen' as const, rows: rowCount, answers_of: answersOf, answer_rows: answerRowCount },
    features: features.map(columnAnswer),
    answers: answers.map(columnAnswer),
    ...(confidence === undefined ? {} : { confidence: columnAnswer(confidence) }),
  }
}

function columnAnswer({ name, cells, counts }: ColumnBaseline) {
  const edges = cells.kind === 'numeric' ? cells.edges : []
  return {
    ...{ name, kind: cells.kind },
    cells: cellNames(cells).map((cell, i) => ({
      name: cell,
      ...(i + 1 < edges.length ? { from: edges[i] as number, to: edges[i + 1] as number } : {}),
      count: counts[i] as number,
    })),
  }
}
