// Squares and products of columns of numbers (scikit-learn's PolynomialFeatures of degree 2, without the constant).
import { DataError } from '../../learning/errors.ts'
import { ENCODED_COLUMNS_MAX } from './one-hot.ts'
import {
  type EncodingStep,
  type FittedStep,
  type Frame,
  kindOf,
  numbersOf,
  replaceColumns,
  type StepOptions,
  selectsValues,
} from './step.ts'

interface PolynomialOptions extends StepOptions {
  /** True leaves the squares out. Default false. */
  readonly interactionOnly?: boolean
}

/**
 * Puts behind each column of numbers its square and its products with the columns after it, named `a*a` and `a*b`. They are
 * missing where a factor is. Throws DataError when more than 10,000 columns would come of it.
 */
export function polynomial(options: PolynomialOptions = {}): EncodingStep {
  const { interactionOnly = false } = options
  return {
    type: 'polynomial',
    fit(frame) {
      const taken = frame.columns.flatMap((_, j) =>
        kindOf(frame, j) === 'numeric' && selectsValues(options, frame, j) ? [j] : [],
      )
      const made = (taken.length * (taken.length + (interactionOnly ? -1 : 1))) / 2
      const total = frame.columns.length + made
      if (total > ENCODED_COLUMNS_MAX) {
        throw new DataError(`products make ${total} columns, at most ${ENCODED_COLUMNS_MAX} are possible`)
      }
      return fittedPolynomial(Float64Array.from(taken), interactionOnly)
    },
    restore: (state) => fittedPolynomial(numbersOf(state, 'taken'), state['interaction_only'] === true),
  }
}

/** taken: the indices of the columns that are multiplied. */
function fittedPolynomial(taken: Float64Array, interactionOnly: boolean): FittedStep {
  return {
    type: 'polynomial',
    isBuiltIn: true,
    transform(frame: Frame) {
      const { columns, columnNames } = frame
      return replaceColumns(frame, (j) => {
        const place = taken.indexOf(j)
        if (place < 0) return undefined
        const [own, name] = [columns[j] as Float64Array, columnNames[j] as string]
        const others = [...taken.subarray(interactionOnly ? place + 1 : place)]
        const products = others.map((k) => {
          const other = columns[k] as Float64Array
          return { name: `${name}*${columnNames[k]}`, values: own.map((value, i) => value * (other[i] as number)) }
        })
        return [{ name, values: own }, ...products]
      })
    },
    toState: () => ({ taken, interaction_only: interactionOnly }),
  }
}
