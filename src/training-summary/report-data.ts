// What is kept of a training for its pictures: plain data, small whatever was trained, with one schema for its type, for
// the check of what is read, and for the documentation.
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { WARNINGS_MAX } from '../learning/warnings.ts'
import { RunWarning } from '../model/run-warning.ts'
import { CrossFittingReport } from './cross-fitting-data.ts'
import { isWholeTree } from './fit-report.ts'
import { LabelReport } from './label-report.ts'
import { LIMITS } from './limits.ts'
import { Count, Histogram, Share, Text } from './report-parts.ts'
import { isWholeSearch, SearchReport } from './search-report.ts'

const FeatureReport = Type.Union([
  Type.Object({
    kind: Type.Literal('numeric'),
    name: Text,
    missing: Count,
    mean: Type.Union([Type.Number(), Type.Null()]),
    histogram: Type.Union([Histogram, Type.Null()]),
  }),
  Type.Object({
    kind: Type.Literal('categorical'),
    name: Text,
    missing: Count,
    categoryCount: Count,
    names: Type.Array(Text, { maxItems: LIMITS.categories, description: 'the most frequent categories' }),
    counts: Type.Array(Count, { maxItems: LIMITS.categories }),
    others: Count,
  }),
])

export const ReportData = Type.Object({
  evaluatedOn: Type.Union([Type.Literal('training'), Type.Literal('validation')], {
    description: 'the rows that predictions are judged on',
  }),
  evaluatedRows: Count,
  trainingRows: Count,
  validationRows: Type.Union([Count, Type.Null()]),
  validationSplit: Type.Union([Share, Type.Null()]),
  // What is optional is not in the reports of earlier versions.
  splitSeed: Type.Optional(Type.Integer({ minimum: 0, description: 'draws the rows that are held out' })),
  seed: Type.Optional(Type.Integer({ minimum: 0, description: 'of what is drawn where random_state is null' })),
  dataDigest: Type.Optional(Text),
  versions: Type.Optional(Type.Object({ worker: Text, node: Text })),
  warnings: Type.Optional(Type.Array(RunWarning, { maxItems: WARNINGS_MAX })),
  parameters: Type.Array(
    Type.Object({
      name: Text,
      value: Type.String({ maxLength: LIMITS.textLength, description: 'as JSON' }),
      isDefault: Type.Boolean(),
    }),
    { maxItems: LIMITS.parameters },
  ),
  steps: Type.Array(Text, { maxItems: LIMITS.steps }),
  metrics: Type.Array(
    Type.Object({
      name: Text,
      training: Type.Union([Type.Number(), Type.Null()]),
      validation: Type.Union([Type.Number(), Type.Null()]),
      baseline: Type.Optional(
        Type.Number({ description: 'of always answering the most frequent class or the mean, on the judged rows' }),
      ),
      interval: Type.Optional(
        Type.Object({ from: Type.Number(), to: Type.Number() }, { description: '95 %, of the rows held out' }),
      ),
    }),
    { maxItems: LIMITS.metrics },
  ),
  featureCount: Count,
  featureRows: Count,
  features: Type.Array(FeatureReport, { maxItems: LIMITS.features }),
  labelCount: Count,
  labels: Type.Array(LabelReport, { maxItems: LIMITS.labels }),
  crossFitting: Type.Optional(CrossFittingReport),
  search: Type.Optional(SearchReport),
  problems: Type.Array(Type.Object({ part: Text, reason: Text }), { maxItems: LIMITS.problems }),
})

export type ReportData = Static<typeof ReportData>
export type FeatureReport = Static<typeof FeatureReport>

/** True when a value that was read is report data, in every part of it. O(values). */
export function isReportData(value: unknown): value is ReportData {
  if (!Value.Check(ReportData, value)) return false
  return value.labels.every((label) => !('tree' in label) || isWholeTree(label.tree)) && isWholeSearch(value.search)
}
