// Rows out of one sheet of an Excel workbook (xlsx), straight into columns. The first row with a value is the header.
import { ServiceError } from '../../errors.ts'
import type { ColumnBuilder } from '../../model/column-builder.ts'
import { shown, shownNames } from '../../model/shown.ts'
import type { TableMemory } from '../../model/table-memory.ts'
import type { BodyBytes } from '../byte-window.ts'
import { setBoolean, setInteger, setNumber, setTime } from '../cell-setters.ts'
import { otherFormOf } from '../other-forms.ts'
import { withRandomBytes } from '../random-bytes.ts'
import type { TableAssembler } from '../table-assembler.ts'
import { isoOfSerial, readTimeFormats, type TimeFormat } from './number-formats.ts'
import { lettersOf, readSheet, type SheetCell } from './sheet-cells.ts'
import { readSharedTexts, readWorkbookParts, type Sheet } from './workbook-parts.ts'
import { withZipParts, type ZipParts } from './zip-parts.ts'

interface WorkbookOptions {
  /** The name of the sheet; without it the first. */
  readonly sheet?: string | undefined
  readonly memory?: TableMemory | undefined
}

const ZIP_MAGIC = 'PK\u0003\u0004'
const LONG_INTEGER = /^-?\d{16,}$/

/** Reads all rows of the sheet. Throws BODY_MALFORMED for what is no such workbook. Holds the table, the workbook's texts and a row. */
export async function readWorkbook(
  body: BodyBytes,
  assembler: TableAssembler,
  options: WorkbookOptions = {},
): Promise<void> {
  try {
    await withRandomBytes(body, async (bytes) => {
      const head = bytes.read(0, Math.min(bytes.byteLength, 8))
      const isZip = head.toString('latin1', 0, 4) === ZIP_MAGIC
      if (!isZip) throw new Error(`it is ${otherFormOf(head) ?? 'no zip archive'}`)
      await withZipParts(bytes, (parts) => readParts(parts, assembler, options))
    })
  } catch (error) {
    if (error instanceof ServiceError) throw error
    const detail = `the body is not an Excel workbook (xlsx): ${(error as Error).message}`
    throw new ServiceError('BODY_MALFORMED', detail, { cause: error })
  }
}

async function readParts(
  parts: ZipParts,
  assembler: TableAssembler,
  { sheet, memory }: WorkbookOptions,
): Promise<void> {
  const { sheets, texts, styles, is1904 } = await readWorkbookParts(parts)
  const chosen = chooseSheet(sheets, sheet, assembler)
  const formats = await readTimeFormats(parts, styles)
  const shared = await readSharedTexts(parts, texts, memory)
  const rows = new SheetRows(assembler, { texts: shared, formats, is1904 })
  await readSheet(parts.read(chosen.part), rows)
  rows.tell(chosen.name)
}

function chooseSheet(sheets: readonly Sheet[], wanted: string | undefined, assembler: TableAssembler): Sheet {
  const [first] = sheets
  if (first === undefined) throw new Error('it has no sheet')
  const names = shownNames(sheets.map(({ name }) => name))
  if (wanted === undefined) {
    if (sheets.length > 1) {
      const message = `The workbook has the sheets ${names}; the first, ${shown(first.name)}, was taken. Say another, as sheet=NAME`
      assembler.warn({ code: 'SHEET_CHOSEN', message })
    }
    return first
  }
  const found = sheets.find(({ name }) => name === wanted)
  if (found === undefined) throw new Error(`it has no sheet ${shown(wanted)}; it has ${names}`)
  return found
}

interface Workbook {
  readonly texts: readonly string[]
  readonly formats: readonly (TimeFormat | undefined)[]
  readonly is1904: boolean
}

class SheetRows {
  private readonly assembler: TableAssembler
  private readonly workbook: Workbook
  /** By the column of the sheet. */
  private columns: (ColumnBuilder | undefined)[] | undefined
  private headerRow = 0
  private readonly nameless = new Set<number>()
  private emptyCount = 0
  /** Empty rows that are passed over when another comes. */
  private emptyBefore = 0
  private rowBefore = 0
  private mergedCount = 0
  private errorCount = 0
  private formulaCount = 0

  constructor(assembler: TableAssembler, workbook: Workbook) {
    this.assembler = assembler
    this.workbook = workbook
  }

  merged(): void {
    this.mergedCount += 1
  }

  row(number: number, cells: readonly SheetCell[]): void {
    const filled = cells.filter((cell) => this.isFilled(cell))
    this.emptyBefore += number - this.rowBefore - 1
    this.rowBefore = number
    if (filled.length === 0) {
      this.emptyBefore += 1
      return
    }
    if (this.columns === undefined) this.readHeader(number, filled)
    else {
      this.emptyCount += this.emptyBefore
      this.readRow(filled, this.columns)
    }
    this.emptyBefore = 0
  }

  /** What was decided about the sheet as a whole. */
  tell(sheet: string): void {
    if (this.columns === undefined)
      throw new Error(`its sheet ${shown(sheet)} is empty; expected a row of column names`)
    const told = [
      ['CELLS_MERGED', this.mergedCount, 'areas of the sheet are merged: only their first cell has a value'],
      ['CELLS_IN_ERROR', this.errorCount, 'cells show an error, as #N/A; they were read as missing values'],
      [
        'FORMULAS_WITHOUT_VALUE',
        this.formulaCount,
        'formulas were saved without a value; open and save the file in Excel',
      ],
      ['ROWS_EMPTY', this.emptyCount, 'rows without any value were passed over'],
    ] as const
    for (const [code, count, what] of told) {
      if (count > 0) this.assembler.warn({ code, message: `${count} ${what}` })
    }
  }

  private isFilled({ type, value, hasFormula }: SheetCell): boolean {
    if (type === 'e') this.errorCount += 1
    else if (value === '' && hasFormula && type !== 'str') this.formulaCount += 1
    if (type === 'e' || value === '') return false
    return type !== 's' || this.sharedText(value) !== ''
  }

  private readHeader(number: number, cells: readonly SheetCell[]): void {
    const { assembler } = this
    this.headerRow = number
    const columns: (ColumnBuilder | undefined)[] = []
    const seen = new Set<string>()
    let trimmedCount = 0
    for (const cell of cells) {
      const written = this.textOf(cell)
      const name = written.trim()
      if (name !== written) trimmedCount += 1
      if (seen.has(name))
        assembler.headerFault(name, `the header names it twice, again in column ${lettersOf(cell.column)}`)
      else columns[cell.column] = assembler.column(name)
      seen.add(name)
    }
    this.columns = columns
    if (trimmedCount === 0) return
    const message = `Spaces around ${trimmedCount} of ${cells.length} column names in the header were removed`
    assembler.warn({ code: 'SPACES_TRIMMED', message })
  }

  private readRow(cells: readonly SheetCell[], columns: readonly (ColumnBuilder | undefined)[]): void {
    const { assembler } = this
    const row = assembler.beginRow()
    for (const cell of cells) {
      const builder = columns[cell.column]
      if (builder === undefined) {
        if (!(cell.column in columns)) this.tellNameless(cell.column)
        continue
      }
      if (!assembler.has(builder)) continue
      const wrong = this.setCell(builder, row, cell)
      if (wrong !== undefined) assembler.valueFault(builder, wrong)
    }
    assembler.endRow()
  }

  private tellNameless(column: number): void {
    if (this.nameless.has(column)) return
    this.nameless.add(column)
    const place = `${lettersOf(column)}${this.headerRow}`
    this.assembler.headerFault(
      '',
      `column ${lettersOf(column)} of the sheet has values, and its header (cell ${place}) is empty`,
    )
  }

  private setCell(builder: ColumnBuilder, row: number, cell: SheetCell): string | undefined {
    const { type, value } = cell
    if (type === 'b') return setBoolean(builder, row, value === '1' || value === 'true')
    if (type !== 'n') return builder.setLevel(row, this.textOf(cell))
    const format = this.workbook.formats[cell.style]
    const number = Number(value)
    if (format !== undefined) return setTime(builder, row, isoOfSerial(number, format, this.workbook.is1904))
    if (LONG_INTEGER.test(value)) return setInteger(builder, row, BigInt(value))
    return Number.isFinite(number) ? setNumber(builder, row, number) : `expected a number, got ${shown(value)}`
  }

  /** A cell of text, or a name in the header. */
  private textOf({ type, value }: SheetCell): string {
    return type === 's' ? this.sharedText(value) : value
  }

  private sharedText(value: string): string {
    const text = this.workbook.texts[Number(value)]
    if (text === undefined) throw new Error('a cell refers to a text that is not there')
    return text
  }
}
