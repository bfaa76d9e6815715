// Whether there is something to learn in the labels, and of a classifier: no continuous number, no class of one row.
import type { Warning } from '../../learning/warnings.ts'
import { asCategorical, type Column, cellsOf, type Table } from '../table.ts'

/** More distinct numbers than these, with fewer rows each on average, are no classes. */
const DISTINCT_MAX = 100
const ROWS_EACH_MIN = 10
/** Fewer of them are none either where more than half of the rows have a number of their own (scikit-learn's rule). */
const DISTINCT_MIN = 20

/** label: of the training rows. held: labels of the rows held out, which count as rows of their classes too. */
export function* labelDoubts(label: Column, held: Table | undefined): Iterable<Warning> {
  const classes = asCategorical(label)
  const counts = countLevels(classes)
  const rowCount = classes.codes.length
  const distinct = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0)
  const areNumbers = classes.levels.every((level) => typeof level === 'number')
  const isMany = distinct > DISTINCT_MAX && rowCount < ROWS_EACH_MIN * distinct
  const isOwn = distinct >= DISTINCT_MIN && 2 * distinct > rowCount
  if (areNumbers && (isMany || isOwn)) {
    const message = `${distinct} distinct numbers in ${rowCount} rows: each counts as a class; a regressor may be meant`
    yield { code: 'LABEL_CONTINUOUS', message, column: label.name }
    return
  }
  const single = classes.levels.filter((_, code) => counts[code] === 1)
  const heldLabel = held?.columns.find(({ name }) => name === label.name)
  const elsewhere = heldLabel === undefined ? new Set() : presentLevels(heldLabel)
  const alone = single.filter((level) => !elsewhere.has(level)).length
  if (alone === 0) return
  const which = alone === 1 ? '1 class has' : `${alone} classes have`
  yield { code: 'CLASS_TOO_SMALL', message: `${which} a single row, of ${distinct} classes`, column: label.name }
}

/** Told of a label of the training rows of which every value is the same. O(rows). */
export function constantLabel(label: Column): Warning | undefined {
  const values = cellsOf(label)
  if (!values.every((value: number) => value === values[0])) return undefined
  const rows =
    values.length === 1 ? 'the one training row has one label' : `${values.length} training rows have one label`
  return {
    code: 'LABEL_CONSTANT',
    message: `${rows}: nothing can be learned, and it is always predicted`,
    column: label.name,
  }
}

function countLevels({ codes, levels }: ReturnType<typeof asCategorical>): Float64Array {
  const counts = new Float64Array(levels.length)
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number
    if (code >= 0) counts[code] = (counts[code] as number) + 1
  }
  return counts
}

function presentLevels(column: Column): Set<unknown> {
  const classes = asCategorical(column)
  const counts = countLevels(classes)
  return new Set(classes.levels.filter((_, code) => (counts[code] as number) > 0))
}
