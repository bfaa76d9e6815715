// The bounds of what is kept for pictures: a report stays small for a thousand columns or a hundred thousand classes.

export const LIMITS = {
  /** Characters of a name or a value. */
  textLength: 100,
  /** What 1 is in the coordinates of curves. */
  coordinate: 10_000,
  curvePoints: 60,
  bins: 20,
  calibrationBins: 10,
  scatter: 500,
  features: 50,
  categories: 12,
  classes: 30,
  /** Lines of a linear method: classes. */
  lines: 30,
  coefficients: 30,
  centreColumns: 20,
  treeNodes: 31,
  nodeClasses: 3,
  splitCategories: 6,
  losses: 100,
  /** Features whose partial dependence is shown, points of each, and lines: classes. */
  dependences: 3,
  dependencePoints: 12,
  dependenceLines: 6,
  listedItems: 15,
  labels: 10,
  metrics: 64,
  parameters: 60,
  steps: 10,
  problems: 20,
  /** Folds times repeats of a cross-validation. */
  folds: 200,
  thresholds: 100,
} as const

/** Splits one below the other in the tree that is drawn: up to 15 nodes. */
export const TREE_DEPTH_MAX = 3
/** Rows that are led through it. */
export const TREE_ROWS_MAX = 1_000
/** Values of features that are looked at: rows × columns; and rows at the least. */
export const FEATURE_CELLS_MAX = 40_000
export const FEATURE_ROWS_MIN = 1_000
/** Scores that are ranked: rows × classes; and rows at the least and at the most. */
export const RANKED_SCORES_MAX = 20_000
export const RANKED_ROWS_MIN = 700
export const RANKED_ROWS_MAX = 5_000
/** Rows whose probabilities are held against what came true. */
export const CALIBRATED_ROWS_MAX = 4_000
/** Rows that are predicted for the report where the metrics predicted none. */
export const PREDICTED_ROWS_MAX = 2_000
