// The rows of a sheet, cell by cell, as its XML has them.
import { readXml } from './read-xml.ts'
import { unescaped } from './workbook-parts.ts'

export interface SheetCell {
  /** From 0. */
  readonly column: number
  /** s a shared text, str and inlineStr a text, b a boolean, e an error, d an ISO date, n a number. */
  readonly type: string
  /** The number of its style. */
  readonly style: number
  readonly hasFormula: boolean
  /** What it shows; empty where it has no value. */
  readonly value: string
}

export interface SheetHandler {
  /** `number` counts from 1, as the sheet shows it. */
  row(number: number, cells: readonly SheetCell[]): void
  /** An area of cells that are merged. */
  merged(): void
}

const COLUMNS_MAX = 16_384
const ROWS_MAX = 1_048_576
const REFERENCE = /^([A-Z]{1,3})[1-9]\d{0,6}$/

/** Throws an Error for what is no sheet, and what the handler throws. O(bytes); holds a row. */
export async function readSheet(chunks: AsyncIterable<Uint8Array>, handler: SheetHandler): Promise<void> {
  let rowNumber = 0
  let cells: SheetCell[] = []
  let column = -1
  let cell: Omit<SheetCell, 'value'> | undefined
  let value = ''
  let isInValue = false
  let isPhonetic = false
  await readXml(chunks, {
    open(name, attributes) {
      if (name === 'row') {
        rowNumber = numberOf(attributes['r'], rowNumber + 1, ROWS_MAX, rowNumber)
        cells = []
        column = -1
      } else if (name === 'c') {
        const { r: reference, t: type = 'n', s: style } = attributes
        column = reference === undefined ? column + 1 : columnOf(reference, column)
        if (column >= COLUMNS_MAX) throw new Error(`row ${rowNumber} has more than ${COLUMNS_MAX} columns`)
        cell = { column, type, style: Number(style ?? -1), hasFormula: false }
        value = ''
      } else if (name === 'f' && cell !== undefined) cell = { ...cell, hasFormula: true }
      else if (name === 'v' || name === 't') isInValue = cell !== undefined
      else if (name === 'rPh') isPhonetic = true
      else if (name === 'mergeCell') handler.merged()
    },
    text(text) {
      if (isInValue && !isPhonetic) value += text
    },
    close(name) {
      if (name === 'v' || name === 't') isInValue = false
      else if (name === 'rPh') isPhonetic = false
      else if (name === 'c' && cell !== undefined) {
        const isText = cell.type === 'str' || cell.type === 'inlineStr'
        cells.push({ ...cell, value: isText ? unescaped(value) : value })
        cell = undefined
      } else if (name === 'row') handler.row(rowNumber, cells)
    },
  })
}

/** The letters of a column, as Excel shows them. */
export function lettersOf(column: number): string {
  let letters = ''
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters
  }
  return letters
}

function columnOf(reference: string, before: number): number {
  const letters = REFERENCE.exec(reference)?.[1]
  if (letters === undefined) throw new Error('a cell has a place that is none')
  let column = 0
  for (let i = 0; i < letters.length; i++) column = column * 26 + letters.charCodeAt(i) - 64
  if (column - 1 <= before) throw new Error(`the cell ${reference} does not come after the one before it`)
  return column - 1
}

function numberOf(text: string | undefined, absent: number, maximum: number, before: number): number {
  const number = text === undefined ? absent : Number(text)
  if (Number.isInteger(number) && number > before && number <= maximum) return number
  throw new Error(`after row ${before} comes a row that cannot be`)
}
