// The smallest classifier that learns something: the share of each class, whatever the row.
import { DataError, StateError } from '../../../src/learning/errors.ts'
import type {
  Classifier,
  ClassTarget,
  EstimatorState,
  FitContext,
  FittedClassifier,
} from '../../../src/learning/estimator.ts'
import type { Matrix, RowBlock } from '../../../src/learning/matrix.ts'
import {
  choice,
  integer,
  type ParameterValues,
  parameter,
  randomState,
  readParameters,
  real,
} from '../../../src/learning/parameters.ts'

export class MajorityClassifier implements Classifier {
  static readonly parameters = {
    smoothing: parameter(0, real({ min: 0 })),
    rows_min: parameter(1, integer({ min: 1 })),
    ties: parameter('first', choice('first', 'last')),
    random_state: randomState,
  }
  readonly kind = 'classifier'
  readonly abilities = { missing: true, categories: true }
  private readonly given: ParameterValues<typeof MajorityClassifier.parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(MajorityClassifier.parameters, given)
  }

  async fit(x: Matrix, y: ClassTarget, context: FitContext): Promise<FittedClassifier> {
    if (x.rowCount < this.given.rows_min) {
      throw new DataError(`${x.rowCount} rows are fewer than rows_min, which is ${this.given.rows_min}`)
    }
    const counts = new Float64Array(y.classNames.length).fill(this.given.smoothing)
    for (const code of y.codes) counts[code] = (counts[code] as number) + 1
    context.report(1, 1, 'count')
    return fittedMajority(x.columns.length, counts)
  }

  restore(state: EstimatorState): FittedClassifier {
    const { columnCount, counts } = state
    if (typeof columnCount !== 'number' || !(counts instanceof Float64Array) || counts.length === 0) {
      throw new StateError('expected columnCount and counts')
    }
    return fittedMajority(columnCount, counts)
  }
}

function fittedMajority(columnCount: number, counts: Float64Array): FittedClassifier {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const shares = counts.map((count) => count / total)
  return {
    kind: 'classifier',
    columnCount,
    classCount: counts.length,
    predictProbabilities({ rowCount }: RowBlock) {
      const probabilities = new Float64Array(rowCount * shares.length)
      for (let i = 0; i < rowCount; i++) probabilities.set(shares, i * shares.length)
      return probabilities
    },
    toState: () => ({ columnCount, counts }),
  }
}
