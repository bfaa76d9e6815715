// The smallest clusterer: all rows are one cluster.
import type { Clusterer, FittedClusterer } from '../../../src/learning/estimator.ts'
import type { Matrix } from '../../../src/learning/matrix.ts'

export class OneClusterEstimator implements Clusterer {
  static readonly parameters = {}
  readonly kind = 'clusterer'
  readonly abilities = { missing: true, categories: true }

  async fit(x: Matrix): Promise<FittedClusterer> {
    return fittedCluster(x.columns.length)
  }

  restore(state: { readonly columnCount?: unknown }): FittedClusterer {
    return fittedCluster(state.columnCount as number)
  }
}

function fittedCluster(columnCount: number): FittedClusterer {
  return {
    kind: 'clusterer',
    columnCount,
    clusterCount: 1,
    predict: ({ rowCount }) => new Int32Array(rowCount),
    toState: () => ({ columnCount }),
  }
}
