// What of the rows decides which candidates suit them, and how much they take.
import { asCategorical, type Table } from '../table.ts'

export interface Profile {
  readonly kind: 'classifier' | 'regressor'
  readonly rowCount: number
  /** Columns of numbers and of times. */
  readonly numberCount: number
  readonly categoricalCount: number
  /** Categories of the column that has most. */
  readonly levelsMax: number
  readonly textCount: number
  /** Of the label that has most; 1 of a regressor. */
  readonly classCount: number
  /** Whether no label of a regressor is below 0. */
  readonly areLabelsPositive: boolean
}

export function profileOf(kind: Profile['kind'], features: Table, labels: Table): Profile {
  const kinds = features.columns.map((column) =>
    column.kind === 'categorical' ? (column.isText ? 'text' : 'category') : 'number',
  )
  const levels = features.columns.map((column) =>
    column.kind === 'categorical' && column.isText !== true ? column.levels.length : 0,
  )
  const count = (of: string): number => kinds.filter((one) => one === of).length
  return {
    kind,
    rowCount: features.rowCount,
    numberCount: count('number'),
    categoricalCount: count('category'),
    levelsMax: levels.reduce((most, of) => Math.max(most, of), 0),
    textCount: count('text'),
    classCount: kind === 'regressor' ? 1 : classesOf(labels),
    areLabelsPositive: labels.columns.every(
      (column) => column.kind === 'numeric' && column.values.every((value) => value >= 0),
    ),
  }
}

function classesOf(labels: Table): number {
  return labels.columns.reduce((most, column) => Math.max(most, asCategorical(column).levels.length), 1)
}

/** Columns that the words of a text are worth in time. */
const TEXT_WIDTH = 40

/** How much a row takes: columns of numbers and categories, those that texts stand for, and the same for each pair of classes. */
export function widthOf({ numberCount, categoricalCount, textCount, classCount }: Profile): number {
  return (numberCount + categoricalCount + TEXT_WIDTH * textCount) * Math.max(1, classCount / 2)
}

/** Whether there is something to choose: a label that has one value has not. */
export function isConstant(labels: Table): boolean {
  return labels.columns.every((column) => asCategorical(column).levels.length < 2)
}
