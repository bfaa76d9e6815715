// Whether a column of features holds anything that can be learned from: constant, all missing, or an identifier.
import { spreadRows } from '../../learning/spread-rows.ts'
import type { Warning } from '../../learning/warnings.ts'
import { scanColumn } from '../../learning/wasm/column-scan.ts'
import type { CategoricalColumn, Column, NumericColumn, TimeColumn } from '../table.ts'

/** With fewer rows a column may look like anything. */
const ROWS_MIN = 30
/** Text: the share of the rows with a text of their own. Names of people have some 0.99, cabins of a ship 0.7. */
const OWN_TEXT_SHARE = 0.9
/** Whole numbers of a column that is called an identifier: the same. */
const OWN_NUMBER_SHARE = 0.95
/** Whole numbers without such a name: each once, and so few numbers between them left out, as in a count of rows. */
const GAPS_MAX = 0.05
const NAMES_OF_IDENTIFIERS = [/(^|[^\p{L}])(id|ids|uuid|guid|index|rownames?|row_names?)$/iu, /\p{Ll}(Id|ID)$/u]
/** Rows in which own numbers are counted. */
const SAMPLE_ROWS = 10_000

/** heldCount: rows that were held out, which leave gaps in a count of rows. */
export function columnDoubt(column: Column, heldCount = 0): Warning | undefined {
  if (column.kind === 'categorical') return categoricalDoubt(column)
  return column.kind === 'time' ? timeDoubt(column) : numericDoubt(column, heldCount)
}

function numericDoubt({ name, values }: NumericColumn, heldCount: number): Warning | undefined {
  const { min, max, hasMissing } = scanColumn(values)
  const span = max - min + 1
  const mayBeCount = !hasMissing && span <= (1 + GAPS_MAX) * (values.length + heldCount) && span >= values.length
  const mayBeNamed = NAMES_OF_IDENTIFIERS.some((pattern) => pattern.test(name))
  // A measure, as most columns are: nothing more to look for.
  if (min < max && !mayBeCount && !mayBeNamed) return undefined
  let present = 0
  let areWhole = true
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (Number.isNaN(value)) continue
    present += 1
    if (Number.isInteger(value)) continue
    // A measure after all.
    if (min < max) return undefined
    areWhole = false
  }
  const isConstant = min === max
  const doubt = emptyOrConstant(name, values.length, present, isConstant)
  if (doubt !== undefined || isConstant || !areWhole || present < ROWS_MIN) return doubt
  if (mayBeCount && areDistinct(values, min, span)) {
    return idLike(name, `each of ${present} rows has a whole number of its own, one after the other`)
  }
  if (!mayBeNamed) return undefined
  const own = distinctShare(values)
  if (own < OWN_NUMBER_SHARE) return undefined
  return idLike(name, `${percent(own)} of its whole numbers differ, and it is named as identifiers are`)
}

/** Times may well differ from row to row: they are no identifiers. */
function timeDoubt({ name, values }: TimeColumn): Warning | undefined {
  const present = values.filter((value) => !Number.isNaN(value))
  const isConstant = present.every((value) => value === present[0])
  return emptyOrConstant(name, values.length, present.length, isConstant)
}

function categoricalDoubt({ name, codes, levels, isText }: CategoricalColumn): Warning | undefined {
  const isUsed = new Uint8Array(levels.length)
  let present = 0
  let used = 0
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number
    if (code < 0) continue
    present++
    if (isUsed[code] === 0) {
      isUsed[code] = 1
      used++
    }
  }
  const doubt = emptyOrConstant(name, codes.length, present, used <= 1)
  if (doubt !== undefined || isText || present < ROWS_MIN || used < OWN_TEXT_SHARE * present) return doubt
  return idLike(name, `${used} values in ${present} rows`)
}

function emptyOrConstant(name: string, rowCount: number, present: number, isConstant: boolean): Warning | undefined {
  if (present === 0)
    return { code: 'COLUMN_ALL_MISSING', message: `none of ${rowCount} training rows has a value`, column: name }
  if (!isConstant || rowCount < 2) return undefined
  const missing = present < rowCount ? `, ${rowCount - present} more have none` : ''
  return { code: 'COLUMN_CONSTANT', message: `${present} training rows have the same value${missing}`, column: name }
}

function idLike(name: string, found: string): Warning {
  return { code: 'COLUMN_ID_LIKE', message: `${found}: it looks like an identifier`, column: name }
}

/** Of whole numbers within a span that is not much larger than their number. */
function areDistinct(values: Float64Array, least: number, span: number): boolean {
  const isSeen = new Uint8Array(span)
  for (let i = 0; i < values.length; i++) {
    const at = (values[i] as number) - least
    if (isSeen[at] === 1) return false
    isSeen[at] = 1
  }
  return true
}

function distinctShare(values: Float64Array): number {
  const rows = spreadRows(values.length, SAMPLE_ROWS, 0)
  const present = [...rows].map((row) => values[row] as number).filter((value) => !Number.isNaN(value))
  return present.length === 0 ? 0 : new Set(present).size / present.length
}

export function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`
}
