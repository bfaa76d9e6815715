// Parameters that both boosting estimators take, with the names, defaults and meanings of HistGradientBoosting.
import { ParameterError, type ParameterFault } from '../errors.ts'
import type { Matrix } from '../matrix.ts'
import {
  choice,
  flag,
  integer,
  type Kind,
  listOf,
  mapOf,
  none,
  type ParameterValues,
  parameter,
  randomState,
  real,
} from '../parameters.ts'

const direction: Kind<number> = integer({ min: -1, max: 1 })

export const sharedParameters = {
  /** Shrinks what each tree says. */
  learning_rate: parameter(0.1, real({ above: 0 })),
  /** Iterations, of one tree each, or of one per class where there are more than two. */
  max_iter: parameter(100, integer({ min: 1, max: 1_000_000 })),
  /** Leaves of a tree; null for no bound. */
  max_leaf_nodes: parameter(31, integer({ min: 2 }), none),
  /** Edges from the root to the deepest leaf; null for no bound. */
  max_depth: parameter(null, integer({ min: 1 }), none),
  /** Rows that a leaf must have, whatever their weights. */
  min_samples_leaf: parameter(20, integer({ min: 1 })),
  l2_regularization: parameter(0, real({ min: 0 })),
  /** Share of the columns that each split looks at, drawn at random. */
  max_features: parameter(1, real({ above: 0, max: 1 })),
  /** Bins for the values of a column, one more is for missing ones. More categories are pooled: see poolLevels. */
  max_bins: parameter(255, integer({ min: 2, max: 255 })),
  /**
   * Per column 1 (predictions must not fall as it grows), −1 (must not rise) or 0: a list of all columns, or an object
   * from column indices, counted from 0, to directions: {"3": 1}. Not for categorical columns nor more than two classes.
   */
  monotonic_cst: parameter<null | readonly number[] | { readonly [column: string]: number }>(
    null,
    none,
    listOf(direction),
    mapOf(direction),
  ),
  /** "auto" is true for more than 10,000 rows. */
  early_stopping: parameter<'auto' | boolean>('auto', choice('auto'), flag),
  /** What early stopping looks at: the loss. */
  scoring: parameter('loss', choice('loss')),
  /** Share of rows (below 1), or number of them, held out for early stopping; null looks at the training rows. */
  validation_fraction: parameter(0.1, real({ above: 0, below: 1 }), integer({ min: 1 }), none),
  n_iter_no_change: parameter(10, integer({ min: 1 })),
  tol: parameter(1e-7, real({ min: 0 })),
  random_state: randomState,
  /** Taken and ignored: nothing is printed. */
  verbose: parameter<number | boolean>(0, integer({ min: 0 }), flag),
}
export type BoostingParameters = ParameterValues<typeof sharedParameters>

export type MonotonicConstraints = null | readonly number[] | { readonly [column: string]: number }

/** The constraint of each column. Throws ParameterError for columns that are not there, or have no order. */
export function monotonicDirections(constraints: MonotonicConstraints, { columns, categoryCounts }: Matrix): Int8Array {
  const directions = new Int8Array(columns.length)
  if (constraints === null) return directions
  const faults: ParameterFault[] = []
  const fault = (message: string): void => void faults.push({ parameter: 'monotonic_cst', message })
  if (Array.isArray(constraints) && constraints.length !== columns.length) {
    fault(`expected one entry for each of ${columns.length} columns, got ${constraints.length}`)
  }
  for (const [key, value] of Object.entries(constraints)) {
    const column = Number(key)
    if (!(/^\d+$/.test(key) && column < columns.length)) {
      if (!Array.isArray(constraints)) fault(`"${key}" is not the index of one of ${columns.length} columns`)
    } else if (value !== 0 && (categoryCounts[column] as number) > 0) {
      fault(`column ${column} is categorical: its values have no order to follow`)
    } else directions[column] = value
  }
  if (faults.length > 0) throw new ParameterError(faults)
  return directions
}
