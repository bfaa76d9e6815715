// Several fitted estimators whose predictions are averaged, each on its own columns of what the steps made.
import type { EstimatorState, FittedClassifier, FittedEstimator, FittedRegressor } from '../../learning/estimator.ts'
import type { RowBlock } from '../../learning/matrix.ts'
import type { StopFlag } from '../../learning/parallel/stop-flag.ts'
import type { ThreadTeam } from '../../learning/parallel/thread-team.ts'
import { SparseWriter } from '../../learning/sparse.ts'

/** Columns [start, end) of the dense ones, and of the sparse ones. */
export interface ColumnSpan {
  readonly dense: readonly [number, number]
  readonly sparse: readonly [number, number]
}

export interface BlendMember<Fitted extends FittedEstimator> {
  readonly fitted: Fitted
  readonly span: ColumnSpan
  /** Above 0; those of all members sum to 1. */
  readonly weight: number
}

/** The columns of a span as a block of their own. O(values). */
export function sliceColumns(
  { rowCount, columnCount, values, sparse }: RowBlock,
  { dense, sparse: of }: ColumnSpan,
): RowBlock {
  const width = dense[1] - dense[0]
  const taken = width === columnCount ? values : new Float64Array(rowCount * width)
  if (width < columnCount) {
    for (let i = 0; i < rowCount; i++) {
      const from = i * columnCount + dense[0]
      taken.set(values.subarray(from, from + width), i * width)
    }
  }
  const block = { rowCount, columnCount: width, values: taken }
  if (sparse === undefined || of[1] === of[0]) return block
  if (of[1] - of[0] === sparse.columnCount) return { ...block, sparse }
  const writer = new SparseWriter()
  for (let i = 0; i < rowCount; i++) {
    for (let k = sparse.starts[i] as number; k < (sparse.starts[i + 1] as number); k++) {
      const column = sparse.columns[k] as number
      if (column >= of[0] && column < of[1]) writer.add(column - of[0], sparse.values[k] as number)
    }
    writer.endRow()
  }
  return { ...block, sparse: writer.finish(of[1] - of[0]) }
}

abstract class FittedBlend<Fitted extends FittedClassifier | FittedRegressor> {
  readonly columnCount: number
  protected readonly members: readonly BlendMember<Fitted>[]

  /** columnCount: of all columns that the members share. */
  constructor(members: readonly BlendMember<Fitted>[], columnCount: number) {
    this.members = members
    this.columnCount = columnCount
  }

  /** The state of a blend is that of the pipelines of its members. */
  toState(): EstimatorState {
    return { members: this.members.map(({ fitted }) => fitted.toState()) }
  }

  protected average(x: RowBlock, predict: (fitted: Fitted, x: RowBlock) => Float64Array): Float64Array {
    const [first, ...others] = this.members.map(({ fitted, span, weight }) =>
      predict(fitted, sliceColumns(x, span)).map((value) => value * weight),
    )
    return sumOf(first as Float64Array, others)
  }

  protected async averageOn(
    x: RowBlock,
    predict: (fitted: Fitted, x: RowBlock) => Float64Array | Promise<Float64Array>,
  ): Promise<Float64Array> {
    const weighed: Float64Array[] = []
    for (const { fitted, span, weight } of this.members) {
      const predicted = await predict(fitted, sliceColumns(x, span))
      weighed.push(predicted.map((value) => value * weight))
    }
    const [first, ...others] = weighed
    return sumOf(first as Float64Array, others)
  }
}

/** The weighted mean of the members' probabilities; classes are those of all members, in one order. */
export class FittedBlendClassifier extends FittedBlend<FittedClassifier> implements FittedClassifier {
  readonly kind = 'classifier'

  get classCount(): number {
    return (this.members[0] as BlendMember<FittedClassifier>).fitted.classCount
  }

  predictProbabilities(x: RowBlock): Float64Array {
    return this.average(x, (fitted, block) => fitted.predictProbabilities(block))
  }

  predictProbabilitiesOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    return this.averageOn(
      x,
      (fitted, block) => fitted.predictProbabilitiesOn?.(team, block, stop) ?? fitted.predictProbabilities(block),
    )
  }
}

/** The weighted mean of the members' numbers. */
export class FittedBlendRegressor extends FittedBlend<FittedRegressor> implements FittedRegressor {
  readonly kind = 'regressor'

  predict(x: RowBlock): Float64Array {
    return this.average(x, (fitted, block) => fitted.predict(block))
  }

  predictOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    return this.averageOn(x, (fitted, block) => fitted.predictOn?.(team, block, stop) ?? fitted.predict(block))
  }
}

function sumOf(first: Float64Array, others: readonly Float64Array[]): Float64Array {
  for (const other of others)
    for (let i = 0; i < first.length; i++) first[i] = (first[i] as number) + (other[i] as number)
  return first
}
