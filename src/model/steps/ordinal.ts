// Categories as numbers, in their order (scikit-learn's OrdinalEncoder).
import { DataError, StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import type { Level } from '../table.ts'
import { type EncodingStep, type FittedStep, type Frame, kindOf, type StepOptions, selects } from './step.ts'

interface OrdinalOptions extends StepOptions {
  /** By column its categories in the order that they mean, such as S, M, L. Other columns have the order of categories. */
  readonly order?: { readonly [column: string]: readonly Level[] }
}

/**
 * Takes the codes of categorical columns, 0 … k−1 in the order of the categories or in that of `order`, as plain numbers.
 * Missing stays missing. Throws DataError for a column that has categories which its order does not name.
 */
export function ordinal(options: OrdinalOptions = {}): EncodingStep {
  const { order } = options
  const isTaken = (frame: Frame, j: number): boolean => selects(options, frame.columnNames[j] as string)
  return {
    type: 'ordinal',
    fit: (frame) =>
      order === undefined
        ? fittedOrdinal(isTaken)
        : fittedOrdinal(
            isTaken,
            frame.columnNames.map((name, j) => (isTaken(frame, j) ? placesIn(order[name], frame, j) : null)),
          ),
    restore({ places }: EstimatorState) {
      if (places === undefined) return fittedOrdinal(isTaken)
      const arePlaces = (of: unknown): of is Float64Array | null => of === null || of instanceof Float64Array
      if (!Array.isArray(places) || !places.every(arePlaces)) throw new StateError('expected the places of categories')
      return fittedOrdinal(isTaken, places)
    },
  }
}

/** The place of each category in the order; null without one. */
function placesIn(order: readonly Level[] | undefined, { levels, columnNames }: Frame, j: number): Float64Array | null {
  const known = levels?.[j]
  if (order === undefined || known === undefined) return null
  const places = Float64Array.from(known, (level) => order.indexOf(level))
  const lacking = places.filter((place) => place < 0).length
  if (lacking === 0) return places
  throw new DataError(`column "${columnNames[j]}" has ${lacking} categories that its order does not name`)
}

/** places: per column that of each category; null where the codes stay. */
function fittedOrdinal(
  isTaken: (frame: Frame, j: number) => boolean,
  places?: readonly (Float64Array | null)[],
): FittedStep {
  return {
    type: 'ordinal',
    isBuiltIn: true,
    transform: (frame: Frame) => ({
      ...frame,
      columns: frame.columns.map((column, j) => {
        const of = places?.[j]
        return of ? column.map((code) => of[code] ?? Number.NaN) : column
      }),
      categoryCounts: frame.categoryCounts.map((count, j) => (isTaken(frame, j) ? 0 : count)),
      kinds: frame.columns.map((_, j) => {
        const kind = kindOf(frame, j)
        return kind === 'categorical' && isTaken(frame, j) ? 'numeric' : kind
      }),
    }),
    toState: (): EstimatorState => (places === undefined ? {} : { places }),
  }
}
