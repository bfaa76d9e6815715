// What is kept of a fitted estimator itself: importances, coefficients, a tree, losses, dependences.
import { type Static, Type } from '@sinclair/typebox'
import { LIMITS } from './limits.ts'
import { Count, orNull, Text } from './report-parts.ts'

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
const DependenceReport = Type.Union([
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

/** What is known of the fitted estimator itself. */
export const FitParts = {
  importances: orNull(Importances),
  heldOutImportances: Type.Optional(orNull(Importances)),
  coefficients: orNull(Coefficients),
  dependences: Type.Optional(Type.Array(DependenceReport, { maxItems: LIMITS.dependences })),
  tree: orNull(Tree),
  loss: orNull(Loss),
}

export type ImportancesReport = Static<typeof Importances>
export type CoefficientsReport = Static<typeof Coefficients>
export type DependenceReport = Static<typeof DependenceReport>
export type TreeReport = Static<typeof Tree>
export type LossReport = Static<typeof Loss>

/** Every node but the first is the child of one that stands before it: who follows them comes to an end. */
export function isWholeTree(tree: TreeReport | null): boolean {
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
