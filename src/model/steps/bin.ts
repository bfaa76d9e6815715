// Columns of numbers as the numbers of bins (scikit-learn's KBinsDiscretizer with encode='ordinal').
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import { type EncodingStep, type FittedStep, kindOf, type StepOptions, selectsValues } from './step.ts'

interface BinOptions extends StepOptions {
  /** Bins, 2 or more. Default 5. */
  readonly count?: number
  /** 'quantile' (default): as many training rows in each; 'uniform': of equal width. */
  readonly strategy?: 'quantile' | 'uniform'
}

/** Bins that are narrower are joined with the next. */
const WIDTH_MIN = 1e-8

/**
 * Replaces numbers by the number of their bin, from 0; values beyond those of training are in the first or the last one.
 * Missing stays missing. O(rows log rows).
 */
export function bin(options: BinOptions = {}): EncodingStep {
  const { count = 5, strategy = 'quantile' } = options
  return {
    type: 'bin',
    fit: (frame) =>
      fittedBin(
        frame.columns.map((column, j) => {
          if (kindOf(frame, j) !== 'numeric' || !selectsValues(options, frame, j)) return null
          return cutsOf(column, count, strategy)
        }),
      ),
    restore({ cuts }: EstimatorState) {
      const areCuts = (of: unknown): of is Float64Array | null => of === null || of instanceof Float64Array
      if (!Array.isArray(cuts) || !cuts.every(areCuts)) throw new StateError('expected the cuts of each column')
      return fittedBin(cuts)
    },
  }
}

/** Where each bin but the first begins. */
function cutsOf(column: Float64Array, count: number, strategy: 'quantile' | 'uniform'): Float64Array {
  const present = column.filter((value) => !Number.isNaN(value)).sort()
  const [first = 0, last = 0] = [present[0], present.at(-1)]
  const edges = Array.from({ length: count + 1 }, (_, k) =>
    strategy === 'uniform' ? first + ((last - first) * k) / count : quantile(present, k / count),
  )
  const kept = edges.filter((edge, k) => k === 0 || edge - (edges[k - 1] as number) > WIDTH_MIN)
  return Float64Array.from(kept.slice(1, -1))
}

/** The averaged inverted distribution function, as scikit-learn's default (Hyndman and Fan 1996, type 2). */
function quantile(sorted: Float64Array, share: number): number {
  const at = sorted.length * share
  const upper = sorted[Math.min(Math.floor(at), sorted.length - 1)] ?? 0
  if (!Number.isInteger(at) || at === 0 || at === sorted.length) return upper
  return ((sorted[at - 1] as number) + upper) / 2
}

function fittedBin(cuts: readonly (Float64Array | null)[]): FittedStep {
  const binOf = (value: number, of: Float64Array): number => {
    if (Number.isNaN(value)) return value
    let bin = 0
    while (bin < of.length && value >= (of[bin] as number)) bin++
    return bin
  }
  return {
    type: 'bin',
    isBuiltIn: true,
    transform: (frame) => ({
      ...frame,
      columns: frame.columns.map((column, j) => {
        const of = cuts[j]
        return of ? column.map((value) => binOf(value, of)) : column
      }),
    }),
    toState: () => ({ cuts }),
  }
}
