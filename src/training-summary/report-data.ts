// What is kept of a training for its pictures: plain data, small whatever was trained, with one schema for its type, for
// the check of what is read, and for the documentation.
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { WARNINGS_MAX } from '../learning/warnings.ts'
import { RunWarning } from '../model/run-warning.ts'
import { CrossFittingReport } from './cross-fitting-data.ts'
import { LIMITS } from './limits.ts'
import { isWholeSearch, SearchReport } from './search-report.ts'

const Text = Type.String({ maxLength: LIMITS.textLength })
const Count = Type.Integer({ minimum: 0 })
const Share = Type.Number({ minimum: 0, maximum: 1 })
/** Coordinates from 0 to 1 in ten-thousandths: three bytes each. */
const Coordinates = Type.Array(Type.Integer({ minimum: 0, maximum: LIMITS.coordinate }), {
  maxItems: LIMITS.curvePoints,
})
const Curve = Type.Object({ x: Coordinates, y: Coordinates })

export const Histogram = Type.Object(
  {
    from: Type.Number(),
    to: Type.Number(),
    counts: Type.Array(Count, { maxItems: LIMITS.bins, description: 'values in bins of equal width' }),
  },
  { description: 'values in [from, to]' },
)

export const FeatureReport = Type.Union([
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

const Importances = Type.Object({
  method: Type.Union([Type.Literal('impurity'), Type.Literal('permutation')]),
  rows: Type.Union([Count, Type.Null()], { description: 'rows whose values changed places; null for impurity' }),
  names: Type.Array(Text, { maxItems: LIMITS.features, description: 'columns, the most important first' }),
  values: Type.Array(Type.Number(), { maxItems: LIMITS.features }),
  columnCount: Count,
})

const Coefficients = Type.Object({
  lines: Type.Array(Type.Union([Text, Type.Null()]), {
    maxItems: LIMITS.lines,
    description: 'the class of each line; null for a number',
  }),
  lineCount: Count,
  columns: Type.Array(Text, { maxItems: LIMITS.coefficients, description: 'the largest first' }),
  columnCount: Count,
  intercepts: Type.Array(Type.Number(), { maxItems: LIMITS.lines }),
  values: Type.Array(Type.Array(Type.Number(), { maxItems: LIMITS.coefficients }), { maxItems: LIMITS.lines }),
  isStandardized: Type.Boolean({ description: 'all of the columns were scaled to variance 1 before' }),
  standardized: Type.Optional(
    Type.Array(Type.Boolean(), { maxItems: LIMITS.coefficients, description: 'the same of each of the columns' }),
  ),
})

const TreeNode = Type.Object({
  rows: Count,
  isCut: Type.Boolean({ description: 'more splits follow that are not drawn' }),
  value: Type.Union([Type.Number(), Type.Null()], { description: 'mean of the labels of its rows, of a regressor' }),
  names: Type.Array(Text, { maxItems: LIMITS.nodeClasses, description: 'the most frequent classes of its rows' }),
  counts: Type.Array(Count, { maxItems: LIMITS.nodeClasses }),
  split: Type.Union([
    Type.Null(),
    Type.Object({
      column: Text,
      threshold: Type.Union([Type.Number(), Type.Null()], {
        description: 'values up to it go left; null for categories, or where only what is missing goes right',
      }),
      categories: Type.Union([Type.Null(), Type.Array(Text, { maxItems: LIMITS.splitCategories })], {
        description: 'categories that go left',
      }),
      categoryCount: Count,
      missingLeft: Type.Boolean(),
      left: Count,
      right: Count,
    }),
  ]),
})

const Tree = Type.Object({
  treeCount: Count,
  rows: Count,
  nodes: Type.Array(TreeNode, { maxItems: LIMITS.treeNodes, description: 'in pre-order' }),
})

const Losses = Type.Array(Type.Number(), { maxItems: LIMITS.losses })
const Loss = Type.Object({
  iterations: Type.Array(Count, { maxItems: LIMITS.losses }),
  training: Losses,
  validation: Losses,
})

const dependenceParts = {
  name: Text,
  rows: Type.Integer({ minimum: 1, description: 'rows that each value is the mean of' }),
  lines: Type.Array(Type.Union([Text, Type.Null()]), {
    maxItems: LIMITS.dependenceLines,
    description: 'the class whose probability it is; null for a number',
  }),
  values: Type.Array(Type.Array(Type.Number(), { maxItems: LIMITS.dependencePoints }), {
    maxItems: LIMITS.dependenceLines,
  }),
}
export const DependenceReport = Type.Union([
  Type.Object({
    kind: Type.Literal('numeric'),
    ...dependenceParts,
    points: Type.Array(Type.Number(), { maxItems: LIMITS.dependencePoints }),
  }),
  Type.Object({
    kind: Type.Literal('categorical'),
    ...dependenceParts,
    names: Type.Array(Text, { maxItems: LIMITS.dependencePoints }),
  }),
])

const CurvesOfClass = Type.Object({
  roc: Curve,
  rocAuc: Share,
  precisionRecall: Curve,
  averagePrecision: Share,
})

const orNull = <Schema extends ReturnType<typeof Type.Object>>(schema: Schema) => Type.Union([schema, Type.Null()])

/** What is known of the fitted estimator itself. */
const FitParts = {
  importances: orNull(Importances),
  heldOutImportances: Type.Optional(orNull(Importances)),
  coefficients: orNull(Coefficients),
  dependences: Type.Optional(Type.Array(DependenceReport, { maxItems: LIMITS.dependences })),
  tree: orNull(Tree),
  loss: orNull(Loss),
}

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
export type LabelReport = Static<typeof LabelReport>
export type ClassifierReport = Static<typeof ClassifierReport>
export type RegressorReport = Static<typeof RegressorReport>
export type ClustererReport = Static<typeof ClustererReport>
export type AnomalyReport = Static<typeof AnomalyReport>
export type RecommenderReport = Static<typeof RecommenderReport>
export type HistogramReport = Static<typeof Histogram>
export type CurveReport = Static<typeof Curve>
export type CurvesOfClass = Static<typeof CurvesOfClass>
export type ImportancesReport = Static<typeof Importances>
export type CoefficientsReport = Static<typeof Coefficients>
export type DependenceReport = Static<typeof DependenceReport>
export type TreeReport = Static<typeof Tree>
export type LossReport = Static<typeof Loss>

/** True when a value that was read is report data, in every part of it. O(values). */
export function isReportData(value: unknown): value is ReportData {
  if (!Value.Check(ReportData, value)) return false
  return value.labels.every((label) => !('tree' in label) || isTree(label.tree)) && isWholeSearch(value.search)
}

/** Every node but the first is the child of one that stands before it: who follows them comes to an end. */
function isTree(tree: TreeReport | null): boolean {
  if (tree === null) return true
  const children = tree.nodes.flatMap(({ split }, at) =>
    split === null
      ? []
      : [
          { at, of: split.left },
          { at, of: split.right },
        ],
  )
  const isAhead = children.every(({ at, of }) => of > at && of < tree.nodes.length)
  return isAhead && new Set(children.map(({ of }) => of)).size === children.length
}
