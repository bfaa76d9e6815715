// Boosted trees: leaves by TreeEnsemble, added to the baseline iteration by iteration.
import { restoreBoosted } from '../../../learning/boosting/boosted-state.ts'
import type { BoostedTrees } from '../../../learning/boosting/boosted-trees.ts'
import { isCategorical } from '../../../learning/boosting/column-bins.ts'
import type { FittedBoostingClassifier } from '../../../learning/boosting/fitted-boosting-classifier.ts'
import { EXPONENT_MAX, type FittedBoostingRegressor } from '../../../learning/boosting/fitted-boosting-regressor.ts'
import { BITSET_WORDS, CATEGORICAL, MISSING_LEFT } from '../../../learning/boosting/tree-batch.ts'
import { exp } from '../elementary-functions.ts'
import { beside, columnOf, logistic, repeatRow, reshaped, softmax, spreadClasses, sumInOrder } from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { double, doubles } from '../tensor.ts'
import { TreeEnsemble } from '../tree-ensemble.ts'

/** Class probabilities, rows × classes. Raw scores have the same bits as ours. */
export function boostedProbabilities(g: GraphBuilder, x: Value, fitted: FittedBoostingClassifier): Value {
  const state = fitted.toState()
  const { classCount } = fitted
  const present = state['present'] as Int32Array
  if (present.length === 1) {
    const row = Array.from({ length: classCount }, (_, c) => (c === present[0] ? 1 : 0))
    return repeatRow(g, x, row)
  }
  const raw = rawScores(g, x, restoreBoosted('gradient_boosting_classifier', state))
  if (present.length > 2) return spreadClasses(g, softmax(g, raw, exp), present, classCount)
  const { first, second } = logistic(g, raw, exp)
  return spreadClasses(g, beside(g, [first, second]), present, classCount)
}

/** One number a row. */
export function boostedNumbers(g: GraphBuilder, x: Value, fitted: FittedBoostingRegressor): Value {
  const state = fitted.toState()
  const raw = reshaped(g, rawScores(g, x, restoreBoosted('gradient_boosting_regressor', state)), [-1])
  if (state['hasLogLink'] !== true) return raw
  return exp(g, g.node('Min', [raw, double(EXPONENT_MAX)]))
}

/** Rows × outputs. */
function rawScores(g: GraphBuilder, x: Value, boosted: BoostedTrees): Value {
  const { baseline, outputs } = boosted
  const ensemble = ensembleOf(boosted)
  const iterations = ensemble.treeCount / outputs
  if (iterations === 0) return repeatRow(g, columnOf(g, x, 0), baseline)
  const ofTrees = reshaped(g, ensemble.write(g, x, boosted.columnCount), [-1, iterations, outputs])
  const starts = new Float64Array(iterations * outputs)
  starts.set(baseline)
  return sumInOrder(g, g.node('Add', [ofTrees, doubles(starts, [1, iterations, outputs])]), 1)
}

function ensembleOf({ bins, sources, trees }: BoostedTrees): TreeEnsemble {
  const { splitCounts, columns, bins: binsOfSplits, flags, children, bitsets, values } = trees
  const ensemble = new TreeEnsemble()
  /** Where the bits of each split on categories begin. */
  const bitsetAt = new Int32Array(columns.length)
  let bitset = 0
  flags.forEach((flag, s) => {
    if (flag < CATEGORICAL) return
    bitsetAt[s] = bitset
    bitset += BITSET_WORDS
  })
  const putSplit = (s: number): void => {
    const column = columns[s] as number
    const source = sources[column] as number
    const flag = flags[s] as number
    const isMissingLeft = (flag & MISSING_LEFT) !== 0
    const own = bins[column]
    if (own === undefined || !isCategorical(own)) {
      // The last bin of values has no threshold: it parts all values from the missing.
      const threshold = own?.thresholds[binsOfSplits[s] as number] ?? Number.POSITIVE_INFINITY
      ensemble.split(source, threshold, isMissingLeft)
      return
    }
    const { binOfCategory, binCount } = own
    const lefts = Array.from(binOfCategory.keys()).filter((code) => {
      const bin = binOfCategory[code] as number
      if (bin === binCount) return isMissingLeft
      return (((bitsets[(bitsetAt[s] as number) + (bin >> 5)] as number) >>> (bin & 31)) & 1) === 1
    })
    ensemble.categorySplit(source, lefts, binOfCategory.length, isMissingLeft)
  }
  let [split, leaf] = [0, 0]
  for (const count of splitCounts) {
    /** Splits of the tree, or ~leaf, that are still to be put; the next one last. */
    const waiting = [count === 0 ? ~0 : 0]
    while (waiting.length > 0) {
      const next = waiting.pop() as number
      if (next < 0) ensemble.leaf(values[leaf + ~next] as number)
      else {
        putSplit(split + next)
        waiting.push(children[2 * (split + next) + 1] as number, children[2 * (split + next)] as number)
      }
    }
    split += count
    leaf += count + 1
  }
  return ensemble
}
