// Trees of another framework, and what is made of their sums, as plain data: what an estimator keeps.

/** How a split sees a value. Trees ask columns of views, several of which may read the same feature. */
export const VIEW = {
  /** XGBoost: rounded to float32. */
  float32: 0,
  /** XGBoost: −1 for what can be no category, else rounded towards 0. */
  category24: 1,
  /** LightGBM: 0 for what is as near to 0 as 1e-35. */
  double: 2,
  /** LightGBM, zero_as_missing: missing for what is as near to 0 as 1e-35. */
  zeroMissing: 3,
  /** LightGBM: −1 for what can be no category or is missing, else rounded towards 0. */
  category31: 4,
} as const

export const MISSING_LEFT = 1
export const CATEGORICAL = 2

/**
 * outputs      sums a row; tree t adds to output treeOutputs[t]
 * sources      per view, the feature that it reads
 * views        per view, one of VIEW
 * splitCounts  per tree; its leaves are one more
 * columns      per split, the view that it asks
 * thresholds   per split: a value at most as large goes left; for categories the index of their set
 * flags        per split: MISSING_LEFT, CATEGORICAL
 * children     two per split, left then right: the index of a split in its tree, always a later one, or ~ that of a leaf
 * setStarts    per set, and one more: where its words begin
 * setWords     bits of the categories that go left, 32 a word
 * values       per leaf
 * covers       per leaf, its training rows or their weight, 0 or more; null where that is not known
 * lines        per leaf of trees with linear leaves; null for others
 */
export interface ImportedForest {
  readonly outputs: number
  readonly sources: Int32Array
  readonly views: Uint8Array
  readonly treeOutputs: Int32Array
  readonly splitCounts: Int32Array
  readonly columns: Int32Array
  readonly thresholds: Float64Array
  readonly flags: Uint8Array
  readonly children: Int32Array
  readonly setStarts: Int32Array
  readonly setWords: Uint32Array
  readonly values: Float64Array
  readonly covers: Float64Array | null
  readonly lines: LinearLeaves | null
}

/** leaf l: constants[l] + Σ coefficients · x over [starts[l], starts[l + 1]); its value where one of these is missing. */
export interface LinearLeaves {
  readonly constants: Float64Array
  readonly starts: Int32Array
  /** Views. */
  readonly columns: Int32Array
  readonly coefficients: Float64Array
}

/** A model without trees: a sum of products (XGBoost's gblinear). */
export interface ImportedLine {
  /** Row-major columns × outputs. */
  readonly coefficients: Float64Array
  /** One an output. */
  readonly intercepts: Float64Array
}

/** What is made of the sums of a row. */
export const LINKS = [
  'identity',
  'sigmoid',
  'softmax',
  'sigmoid_each',
  'exp',
  'signed_square',
  'log1p_exp',
  'step',
  'sorted',
] as const
export type Link = (typeof LINKS)[number]

export interface ImportedScores {
  readonly columnCount: number
  /** Sums and what is made of them are rounded to float32 at each step, as XGBoost does. */
  readonly isFloat32: boolean
  /** One an output: what the trees add to. */
  readonly baseline: Float64Array
  readonly trees: ImportedForest
  readonly line: ImportedLine | null
  readonly link: Link
  /** The sums are divided by it before the link: LightGBM's random forest. */
  readonly divisor: number
  /** What the sigmoid multiplies its argument by. */
  readonly slope: number
  /** Of several outputs that make one number, the one that is asked for. */
  readonly picked: number
}
