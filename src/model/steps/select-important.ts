// The columns that count for an estimator (scikit-learn's SelectFromModel).
import { DataError } from '../../learning/errors.ts'
import type { Estimator, FittedEstimator } from '../../learning/estimator.ts'
import { Lasso } from '../../learning/linear/lasso.ts'
import { byName, checkAbilities, fitOutput } from '../fit-output.ts'
import { leaveOut, restoreLeftOut } from './drop.ts'
import { tellSelection } from './select-varying.ts'
import type { AsyncEncodingStep, Frame, StepContext } from './step.ts'

interface SelectImportantOptions {
  /**
   * The least score of a column that stays: a number, 'mean', 'median', or a multiple of them such as '1.25*mean'.
   * -Infinity leaves it to columnsMax. Default 'mean'; of Lasso 1e-5, since what it leaves out has the coefficient 0.
   */
  readonly threshold?: number | string
  /** The columns with the highest scores that stay at the most; of equal ones the first. Default: all. */
  readonly columnsMax?: number
}

type Threshold = (scores: Float64Array) => number

const OF_LASSO = 1e-5
const MULTIPLE = /^(?:(\d+(?:\.\d+)?)\s*\*\s*)?(mean|median)$/

/**
 * Fits an estimator on what the steps before made of the rows, and keeps the columns that count for it: by its importances
 * or, of linear methods, the sum of the absolute coefficients. With several label columns it is fitted for each, and the
 * scores are averaged. Columns that a step made sparse take part in the fit, and stay. What is left out is told. The cost is that of the fits. Throws DataError where no column
 * reaches the threshold, and TypeError for an estimator that has neither.
 */
export function selectImportant(estimator: Estimator, options: SelectImportantOptions = {}): AsyncEncodingStep {
  const { threshold = estimator instanceof Lasso ? OF_LASSO : 'mean', columnsMax } = options
  const thresholdOf = readThreshold(threshold)
  if (columnsMax !== undefined && !(Number.isInteger(columnsMax) && columnsMax >= 1)) {
    throw new TypeError(`selectImportant: columnsMax: expected an integer of at least 1, got ${columnsMax}`)
  }
  return {
    type: 'select_important',
    async fit(frame, context) {
      const scores = await scoresOf(estimator, frame, context)
      const least = thresholdOf(scores)
      const order = Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)
      const kept = new Set(order.slice(0, columnsMax).filter((j) => (scores[j] as number) >= least))
      if (kept.size === 0) throw new DataError(`no column reaches the threshold ${least} of selectImportant()`)
      tellSelection(frame, kept, 'that count most', context)
      return leaveOut('select_important', (j) => !kept.has(j), scores.length)
    },
    restore: (state) => restoreLeftOut('select_important', state),
  }
}

async function scoresOf(estimator: Estimator, frame: Frame, context: StepContext): Promise<Float64Array> {
  const { labels, fit, warn } = context
  checkAbilities(estimator, frame)
  if (labels.length === 0) throw new DataError('selectImportant() needs labels, which this model learns without')
  const scores = new Float64Array(frame.columns.length)
  for (const label of labels) {
    if (estimator.kind === 'regressor' && label.kind !== 'numeric') {
      throw new DataError(`selectImportant() has a regressor, and label "${label.name}" has classes`)
    }
    const { fitted } = await fitOutput(estimator, frame, label, { ...fit, report() {}, warn: byName(frame, warn) })
    const own = scoresIn(fitted)
    scores.forEach((score, j) => {
      scores[j] = score + (own[j] as number) / labels.length
    })
  }
  return scores
}

function scoresIn({ featureImportances, linearTerms, columnCount }: FittedEstimator): Float64Array {
  if (featureImportances !== undefined) return featureImportances
  if (linearTerms === undefined) {
    throw new TypeError('selectImportant: expected an estimator with importances or coefficients')
  }
  const sums = new Float64Array(columnCount)
  linearTerms.coefficients.forEach((coefficient, k) => {
    sums[k % columnCount] = (sums[k % columnCount] as number) + Math.abs(coefficient)
  })
  return sums
}

function readThreshold(given: number | string): Threshold {
  if (typeof given === 'number' && !Number.isNaN(given)) return () => given
  const [, factor = '1', measure] = MULTIPLE.exec(String(given)) ?? []
  if (measure === undefined) {
    throw new TypeError(`selectImportant: threshold: expected a number, 'mean', 'median' or '1.25*mean', got ${given}`)
  }
  return (scores) => Number(factor) * (measure === 'mean' ? meanOf(scores) : medianOf(scores))
}

function meanOf(scores: Float64Array): number {
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

function medianOf(scores: Float64Array): number {
  const sorted = scores.toSorted()
  const half = sorted.length >> 1
  const upper = sorted[half] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2
}
