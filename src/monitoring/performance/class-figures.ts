// Metrics of classification out of sums: those of the engine, with intervals.

import type { ClassCounts } from '../../learning/metrics/class-counts.ts'
import { metricsOfCounts } from '../../learning/metrics/classification-metrics.ts'
import { shareInterval } from '../../learning/metrics/intervals.ts'
import { type ClassScores, precisionRecallF1 } from '../../learning/metrics/precision-recall-f1.ts'
import { effectiveCount, type Metric, normalInterval, type WeightedSums } from './figures.ts'
import { rocAucOf } from './roc-auc-of-cells.ts'
import type { ClassSums } from './sums.ts'

export interface ClassFigures {
  readonly metrics: Map<string, Metric>
  /** By code: of the classes that are among answers or outcomes. */
  readonly classes: readonly FiguresOfClass[]
  /** Rows whose outcome is none of the classes that the version knows: they count as wrong. */
  readonly unknownClassCount: number
}

export interface FiguresOfClass {
  readonly code: number
  readonly precision: Metric
  readonly recall: Metric
  readonly f1: Metric
  /** Predictions with that outcome: logged rows by their weight. */
  readonly support: number
}

/** Rows of one answer and one outcome. */
interface Group {
  readonly weight: number
  readonly count: number
  readonly answer: number
  /** classCount where the version does not know the class. */
  readonly truth: number
}

/**
 * accuracy, balanced_accuracy, precision_macro, recall_macro, f1_macro, f1_weighted, matthews_corrcoef; of two classes
 * roc_auc and log_loss. As classificationMetrics gives them for the same rows with their weights; roc_auc is of cells, and says
 * how far it may be off. Undefined ones are left out. isLargest: answers are the class with the largest probability.
 *
 * Intervals: Wilson's for shares (accuracy, precision and recall of a class) with Kish's effective number of rows; for means
 * over classes and F1 the delta method over the confusion matrix; DeLong's (1988) for roc_auc; normal for log_loss.
 * O(entries).
 */
export function classFigures(
  all: readonly WeightedSums<ClassSums>[],
  classCount: number,
  isLargest: boolean,
): ClassFigures {
  const groups = groupsOf(all, classCount)
  const counts = countsOf(groups, classCount + 1)
  const isPresent = new Float64Array(classCount + 1)
  for (const { answer, truth } of groups) {
    isPresent[answer] = 1
    if (truth < classCount) isPresent[truth] = 1
  }
  const scores = precisionRecallF1(counts)
  const metrics = new Map<string, Metric>()
  const rows = effectiveCount(groups)
  for (const [name, value] of metricsOfCounts(counts, isPresent)) {
    if (!Number.isFinite(value)) continue
    const influence = influenceOf(name, counts, scores, isPresent)
    const interval =
      name === 'accuracy'
        ? shareInterval(value, rows)
        : influence && normalInterval(value, standardError(groups, influence), rows, [0, 1])
    metrics.set(name, { value, interval })
  }
  if (classCount === 2 && isLargest) {
    const area = rocAucOf(all)
    if (area !== undefined) metrics.set('roc_auc', area)
    const loss = logLossOf(all)
    if (loss !== undefined) metrics.set('log_loss', loss)
  }
  const classes = Array.from({ length: classCount }, (_, code) => code)
    .filter((code) => isPresent[code] === 1)
    .map((code) => figuresOfClass(code, groups, counts, scores))
  const unknownClassCount = groups.reduce((n, { truth, count }) => n + (truth === classCount ? count : 0), 0)
  return { metrics, classes, unknownClassCount }
}

function groupsOf(all: readonly WeightedSums<ClassSums>[], classCount: number): Group[] {
  return all.flatMap(({ weight, sums }) =>
    sums.confusion.map(([answer, truth, count]) => ({
      ...{ weight, count, answer },
      truth: truth < 0 ? classCount : truth,
    })),
  )
}

function countsOf(groups: readonly Group[], classCount: number): ClassCounts {
  const truth = new Float64Array(classCount)
  const predicted = new Float64Array(classCount)
  const correct = new Float64Array(classCount)
  for (const group of groups) {
    const weight = group.weight * group.count
    truth[group.truth] = (truth[group.truth] as number) + weight
    predicted[group.answer] = (predicted[group.answer] as number) + weight
    if (group.truth === group.answer) correct[group.truth] = (correct[group.truth] as number) + weight
  }
  return { truth, predicted, correct }
}

/** How much a row of an answer and an outcome moves a metric; its mean over all rows is 0. */
type Influence = (answer: number, truth: number) => number

/** Of means over classes, times the weight of all rows; undefined of other metrics. */
function influenceOf(
  name: string,
  { truth, predicted }: ClassCounts,
  { precision, recall, f1 }: ClassScores,
  isPresent: Float64Array,
): Influence | undefined {
  const total = truth.reduce((sum, weight) => sum + weight, 0)
  const share = (weight: number | undefined): number =>
    weight === undefined || weight === 0 ? Infinity : weight / total
  const all = isPresent.reduce((sum, one) => sum + one, 0)
  const withTruth = truth.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0)
  const at = (values: Float64Array, c: number): number => (isPresent[c] === 1 ? (values[c] as number) : 0)
  switch (name) {
    case 'precision_macro':
      return (a, t) => ((a === t ? 1 : 0) - at(precision, a)) / share(predicted[a]) / all
    case 'recall_macro':
    case 'balanced_accuracy': {
      const classes = name === 'recall_macro' ? all : withTruth
      return (a, t) => (isPresent[t] === 1 ? ((a === t ? 1 : 0) - at(recall, t)) / share(truth[t]) / classes : 0)
    }
    case 'f1_macro': {
      const both = (c: number): number => share((truth[c] as number) + (predicted[c] as number))
      const of = (c: number): number => (isPresent[c] === 1 ? at(f1, c) / both(c) : 0)
      return (a, t) => ((a === t ? 2 / both(a) : 0) - of(a) - of(t)) / all
    }
    default:
      return undefined
  }
}

/** √(Σ w²ψ²) ÷ Σ w, with n ÷ (n − 1). */
function standardError(groups: readonly Group[], influence: Influence): number {
  let sum = 0
  let squares = 0
  for (const { weight, count, answer, truth } of groups) {
    sum += weight * count
    squares += weight * weight * count * influence(answer, truth) ** 2
  }
  const rows = effectiveCount(groups)
  return Math.sqrt((squares / (sum * sum)) * (rows / (rows - 1)))
}

function figuresOfClass(
  code: number,
  groups: readonly Group[],
  counts: ClassCounts,
  scores: ClassScores,
): FiguresOfClass {
  const shareOf = (value: number, among: (group: Group) => boolean): Metric => {
    return { value, interval: shareInterval(value, effectiveCount(groups.filter(among))) }
  }
  const f1 = scores.f1[code] as number
  const both = (counts.truth[code] as number) + (counts.predicted[code] as number)
  const total = counts.truth.reduce((sum, weight) => sum + weight, 0)
  const influence: Influence = (a, t) =>
    ((a === code && t === code ? 2 : 0) - f1 * ((a === code ? 1 : 0) + (t === code ? 1 : 0))) / (both / total)
  const ofEither = groups.filter(({ answer, truth }) => answer === code || truth === code)
  return {
    code,
    precision: shareOf(scores.precision[code] as number, ({ answer }) => answer === code),
    recall: shareOf(scores.recall[code] as number, ({ truth }) => truth === code),
    f1: {
      value: f1,
      interval: normalInterval(f1, standardError(groups, influence), effectiveCount(ofEither), [0, 1]),
    },
    support: scores.support[code] as number,
  }
}

function logLossOf(all: readonly WeightedSums<ClassSums>[]): Metric | undefined {
  const groups = all.map(({ weight, sums: { losses } }) => ({
    weight,
    count: losses[0],
    sum: losses[1],
    squares: losses[2],
  }))
  const total = groups.reduce((sum, { weight, count }) => sum + weight * count, 0)
  if (total === 0) return undefined
  const value = groups.reduce((sum, { weight, sum: losses }) => sum + weight * losses, 0) / total
  // Σ w²(l − mean)².
  const spread = groups.reduce(
    (sum, { weight, count, sum: losses, squares }) =>
      sum + weight * weight * (squares - 2 * value * losses + value * value * count),
    0,
  )
  const rows = effectiveCount(groups)
  const error = Math.sqrt((Math.max(0, spread) / (total * total)) * (rows / (rows - 1)))
  return { value, interval: normalInterval(value, error, rows, [0, Number.POSITIVE_INFINITY]) }
}
