// Parameters that both boosting estimators take, with the names, defaults and meanings of HistGradientBoosting.
import { ParameterError, type ParameterFault } from '../errors.ts'
import type { FitContext } from '../estimator.ts'
import { columnCountOf, type Matrix } from '../matrix.ts'
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
   * from column names to directions: {"age": 1}. What is no name may be an index, counted from 0: {"3": 1}. Columns are
   * those that the encoding steps leave. Not for categorical columns nor more than two classes.
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

/**
 * The constraint of each column; a key that is a column's name and another's index too means the name, which is told.
 * Throws ParameterError for columns that are not there, are named twice, or have no order.
 */
export function monotonicDirections(
  constraints: MonotonicConstraints,
  x: Matrix,
  { warn }: Pick<FitContext, 'warn'>,
): Int8Array {
  const { categoryCounts, columnNames = [] } = x
  const columnCount = columnCountOf(x)
  const directions = new Int8Array(columnCount)
  if (constraints === null) return directions
  const faults: ParameterFault[] = []
  const fault = (message: string): void => void faults.push({ parameter: 'monotonic_cst', message })
  if (Array.isArray(constraints) && constraints.length !== columnCount) {
    fault(`expected one entry for each of ${columnCount} columns, got ${constraints.length}`)
  }
  const isNamed = new Set<number>()
  for (const [key, value] of Object.entries(constraints)) {
    const index = /^\d+$/.test(key) && Number(key) < columnCount ? Number(key) : -1
    const named = Array.isArray(constraints) ? -1 : columnNames.indexOf(key)
    const column = named >= 0 ? named : index
    const name = JSON.stringify(columnNames[column] ?? column)
    if (named >= 0 && index >= 0 && index !== named) {
      warn({
        code: 'PARAMETER_READ',
        column: named,
        message: `monotonic_cst: "${key}" was read as a name, not an index`,
      })
    }
    if (column < 0) {
      if (!Array.isArray(constraints))
        fault(`"${key}" is neither the name nor the index of a column${hint(columnNames)}`)
    } else if (isNamed.has(column)) fault(`column ${name} is named twice`)
    else if (value !== 0 && (categoryCounts[column] as number) > 0) {
      fault(`column ${name} is categorical: its values have no order to follow`)
    } else directions[column] = value
    isNamed.add(column)
  }
  if (faults.length > 0) throw new ParameterError(faults)
  return directions
}

function hint(columnNames: readonly string[]): string {
  if (columnNames.length === 0) return ''
  const listed = columnNames.slice(0, NAMES_MAX).map((name) => JSON.stringify(name))
  return `; the columns are ${listed.join(', ')}${columnNames.length > NAMES_MAX ? ', …' : ''}`
}
/** Names that a message lists. */
const NAMES_MAX = 20
