// What is kept of each label column, by the kind of its estimator: how good its predictions are, and what it has learned.
import { type Static, Type } from '@sinclair/typebox'
import { FitParts } from './fit-report.ts'
import { LIMITS } from './limits.ts'
import { Count, Curve, Histogram, orNull, Share, Text } from './report-parts.ts'

const CurvesOfClass = Type.Object({
  roc: Curve,
  rocAuc: Share,
  precisionRecall: Curve,
  averagePrecision: Share,
})

const ClassifierReport = Type.Object({
  kind: Type.Literal('classifier'),
  name: Text,
  classCount: Count,
  classes: Type.Object({
    names: Type.Array(Text, { maxItems: LIMITS.classes }),
    training: Type.Array(Count, { maxItems: LIMITS.classes }),
    evaluated: Type.Array(Count, { maxItems: LIMITS.classes }),
  }),
  confusion: Type.Union(
    [Type.Null(), Type.Array(Type.Array(Count, { maxItems: LIMITS.classes + 1 }), { maxItems: LIMITS.classes + 1 })],
    {
      description: 'rows of each class by predicted class; with more classes than are named, one more for all others',
    },
  ),
  curves: orNull(
    Type.Object({
      rows: Count,
      classes: Type.Array(Type.Union([CurvesOfClass, Type.Null()]), { maxItems: LIMITS.classes }),
      micro: orNull(CurvesOfClass),
      macroRoc: orNull(Type.Object({ roc: Curve, rocAuc: Share })),
    }),
  ),
  calibration: orNull(
    Type.Object({
      class: Type.Union([Text, Type.Null()], { description: 'null: of the predicted class, whichever that is' }),
      rows: Count,
      counts: Type.Array(Count, { maxItems: LIMITS.calibrationBins }),
      probabilities: Type.Array(Share, { maxItems: LIMITS.calibrationBins }),
      fractions: Type.Array(Share, { maxItems: LIMITS.calibrationBins }),
    }),
  ),
  ...FitParts,
})

const RegressorReport = Type.Object({
  kind: Type.Literal('regressor'),
  name: Text,
  learnedAs: Type.Optional(
    Type.String({
      maxLength: LIMITS.textLength,
      description:
        'the function of the label that was learned: coefficients and losses are of it; absent for the label',
    }),
  ),
  target: orNull(Histogram),
  scatter: orNull(
    Type.Object({
      actual: Type.Array(Type.Number(), { maxItems: LIMITS.scatter }),
      predicted: Type.Array(Type.Number(), { maxItems: LIMITS.scatter }),
    }),
  ),
  residuals: orNull(
    Type.Object({ histogram: Histogram, mean: Type.Number(), deviation: Type.Number(), median: Type.Number() }),
  ),
  ...FitParts,
})

const ClustererReport = Type.Object({
  kind: Type.Literal('clusterer'),
  clusterCount: Count,
  sizes: Type.Array(Count, { maxItems: LIMITS.classes, description: 'rows of clusters 0, 1, …' }),
  others: Count,
  centres: orNull(
    Type.Object({
      columns: Type.Array(Text, { maxItems: LIMITS.centreColumns }),
      values: Type.Array(Type.Array(Type.Number(), { maxItems: LIMITS.centreColumns }), { maxItems: LIMITS.classes }),
    }),
  ),
})

const AnomalyReport = Type.Object({
  kind: Type.Literal('anomaly_detector'),
  rows: Count,
  anomalies: Count,
  scores: orNull(Histogram),
})

const RecommenderReport = Type.Object({
  kind: Type.Literal('recommender'),
  name: Text,
  itemCount: Count,
  listLength: Count,
  users: Type.Integer({ minimum: 0, description: 'users of the judged rows, whose lists were looked at' }),
  listedItems: Type.Integer({ minimum: 0, description: 'items that stand in any of these lists' }),
  items: Type.Object(
    {
      names: Type.Array(Text, { maxItems: LIMITS.listedItems }),
      listShares: Type.Array(Share, { maxItems: LIMITS.listedItems }),
      rowShares: Type.Array(Share, { maxItems: LIMITS.listedItems }),
    },
    { description: 'the items that stand in most lists' },
  ),
})

export const LabelReport = Type.Union([
  ClassifierReport,
  RegressorReport,
  ClustererReport,
  AnomalyReport,
  RecommenderReport,
])

export type LabelReport = Static<typeof LabelReport>
export type ClassifierReport = Static<typeof ClassifierReport>
export type RegressorReport = Static<typeof RegressorReport>
export type ClustererReport = Static<typeof ClustererReport>
export type AnomalyReport = Static<typeof AnomalyReport>
export type RecommenderReport = Static<typeof RecommenderReport>
export type CurvesOfClass = Static<typeof CurvesOfClass>
