// What the adaptors use of packages that come without types, or with types that do not compile.

declare module 'ml-cart' {
  export interface TreeNode {
    /** The best split that was found: undefined when no two neighbouring rows are of different classes. */
    readonly splitColumn: number | undefined
    /** Rows with a smaller value go left. */
    readonly splitValue: number | undefined
    /** Decrease of the Gini impurity. */
    readonly gain: number
  }
  export class DecisionTreeClassifier {
    readonly root: TreeNode
    constructor(options: { maxDepth: number; minNumSamples: number; gainThreshold: number })
    train(rows: readonly (readonly number[])[], labels: readonly number[]): void
  }
}

declare module 'ml-random-forest' {
  import type { DecisionTreeClassifier } from 'ml-cart'
  export class RandomForestClassifier {
    /** Per tree the columns that it was grown on. */
    readonly indexes: readonly (readonly number[])[]
    readonly estimators: readonly DecisionTreeClassifier[]
    constructor(options: {
      nEstimators: number
      maxFeatures: number
      replacement: boolean
      useSampleBagging: boolean
      noOOB: boolean
      seed: number
      treeOptions: { maxDepth: number; minNumSamples: number; gainThreshold: number }
    })
    train(rows: readonly (readonly number[])[], labels: readonly number[]): void
  }
}

declare module 'ml-naivebayes' {
  export class GaussianNB {
    /** Class × column. */
    readonly means: readonly (readonly number[])[]
    /** Per class the logarithm of its prior; then per column [1 / (√2π · deviation), −2 · deviation²]. */
    readonly calculateProbabilities: readonly [number, ...(readonly [number, number])[]][]
    train(rows: readonly Float64Array[], labels: readonly number[]): void
  }
}

declare module 'ml-knn' {
  /** Also called with an object in the place of p that has numbers under the keys of the coordinates. */
  export type Distance = (p: ArrayLike<number>, q: ArrayLike<number>) => number
  export default class KNN {
    readonly kdTree: {
      nearest(point: ArrayLike<number>, count: number): [point: readonly number[], distance: number][]
    }
    /** Each row is copied by its slice(); the labels, where there are some, become one more coordinate. */
    constructor(rows: readonly number[][], labels: readonly number[], options: { k: number; distance: Distance })
  }
}
