// Trees, forests and extra trees: leaves by TreeEnsemble, their classes out of a table, summed tree by tree.

import { type CompactForest, fromState } from '../../../learning/trees/compact-forest.ts'
import type { FittedTreeClassifier, FittedTreeRegressor } from '../../../learning/trees/fitted-trees.ts'
import { setWordCount } from '../../../learning/trees/grown-tree.ts'
import { type PooledLevels, poolsFromState } from '../../../learning/trees/pooled-levels.ts'
import { makeWalkable } from '../../../learning/trees/walkable-forest.ts'
import { beside, columnOf, columnsOf, lookUp, sumInOrder, toInt64 } from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { double, doubles } from '../tensor.ts'
import { TreeEnsemble } from '../tree-ensemble.ts'

/** Class probabilities, rows × classes: the same bits as ours. */
export function forestProbabilities(g: GraphBuilder, x: Value, fitted: FittedTreeClassifier): Value {
  const { forest, pools } = read(fitted)
  const { classCount, treeCount } = forest
  const { mixedStarts, mixedClasses, mixedProbabilities } = makeWalkable(forest)
  // A row of the table for each class, then one for each leaf of several.
  const mixedCount = mixedStarts.length - 1
  const table = new Float64Array((classCount + mixedCount) * classCount)
  for (let c = 0; c < classCount; c++) table[c * classCount + c] = 1
  for (let m = 0; m < mixedCount; m++) {
    for (let i = mixedStarts[m] as number; i < (mixedStarts[m + 1] as number); i++) {
      const at = (classCount + m) * classCount + (mixedClasses[i] as number)
      table[at] = mixedProbabilities[i] as number
    }
  }
  let mixed = 0
  const ensemble = ensembleOf(forest, (leaf) => {
    const k = forest.leafClasses[leaf] as number
    return k === classCount ? classCount + mixed++ : k
  })
  const places = toInt64(g, ensemble.write(g, renumbered(g, x, pools, forest.columnCount), forest.columnCount))
  const ofTrees = g.node('Gather', [doubles(table, [classCount + mixedCount, classCount]), places], { axis: 0 })
  return g.node('Div', [sumInOrder(g, ofTrees, 1), double(treeCount)])
}

/** One number a row: the same bits as ours. */
export function forestMeans(g: GraphBuilder, x: Value, fitted: FittedTreeRegressor): Value {
  const { forest, pools } = read(fitted)
  const { leafValues, leafScale } = makeWalkable(forest)
  const ensemble = ensembleOf(forest, (leaf) => leafValues[leaf] as number)
  const ofTrees = ensemble.write(g, renumbered(g, x, pools, forest.columnCount), forest.columnCount)
  const means = g.node('Div', [sumInOrder(g, ofTrees, 1), double(forest.treeCount)])
  if (leafScale === 1) return means
  const whole = g.node('Mul', [means, double(leafScale)])
  return g.node('Clip', [whole, double(-Number.MAX_VALUE), double(Number.MAX_VALUE)])
}

function read(fitted: FittedTreeClassifier | FittedTreeRegressor) {
  const state = fitted.toState()
  const forest = fromState(state)
  return { forest, pools: poolsFromState(state, forest.columnCount) }
}

/** leafValue: what a leaf holds, by its number; asked in their order. */
function ensembleOf(forest: CompactForest, leafValue: (leaf: number) => number): TreeEnsemble {
  const { features, columnCount, categoryCounts, thresholds, missingLeft, categorySets } = forest
  const ensemble = new TreeEnsemble()
  let [split, numeric, set, leaf] = [0, 0, 0, 0]
  for (const feature of features) {
    if (feature === columnCount) {
      ensemble.leaf(leafValue(leaf++))
      continue
    }
    const isMissingLeft = (((missingLeft[split >>> 3] as number) >>> (split & 7)) & 1) === 1
    split++
    const count = categoryCounts[feature] as number
    if (count === 0) {
      ensemble.split(feature, thresholds[numeric++] as number, isMissingLeft)
      continue
    }
    const from = set
    const isLeft = (code: number): boolean =>
      (((categorySets[from + (code >>> 5)] as number) >>> (code & 31)) & 1) === 1
    set += setWordCount(count)
    const lefts = Array.from({ length: count }, (_, code) => code).filter(isLeft)
    // The bit after the last category is that of missing values.
    ensemble.categorySplit(feature, lefts, count, isLeft(count))
  }
  return ensemble
}

/** The columns whose rare categories are one. */
function renumbered(g: GraphBuilder, x: Value, pools: readonly PooledLevels[], columnCount: number): Value {
  let columns = x
  for (const { column, codes } of pools) {
    const own = lookUp(g, columnOf(g, columns, column), [...codes, Number.NaN])
    const width = columnCount + 1
    const places = Array.from({ length: columnCount }, (_, j) => (j === column ? width - 1 : j))
    columns = columnsOf(g, beside(g, [columns, own]), places)
  }
  return columns
}
