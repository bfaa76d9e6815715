// Files of every form that are cut, lie about their lengths or are bombs: refused by place and reason, in bounds of memory.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { ServiceError } from '../../src/errors.ts'
import { holdForTables, MemoryBudget } from '../../src/memory/memory-budget.ts'
import { FORM_OF_ENDING, type RowsForm } from '../../src/rows/forms.ts'
import { readTable } from '../../src/rows/read-table.ts'
import { workbook, workbookParts } from '../support/workbook.ts'
import { zipOf } from '../support/zip.ts'

const MIB = 2 ** 20
const folder = join(import.meta.dirname, '../golden/files')
const names = await readdir(folder)
const formOf = (name: string): RowsForm => FORM_OF_ENDING[name.slice(name.lastIndexOf('.'))] as RowsForm

/** The error of a file, or undefined; memory is held as the service holds it. */
async function errorOf(source: string | Buffer, form: RowsForm, byteLength: number, dialect = {}): Promise<unknown> {
  const memory = holdForTables(MemoryBudget.of(1024 * MIB), byteLength)
  try {
    await readTable(source, form, { memory, dialect })
    return undefined
  } catch (error) {
    return error
  } finally {
    memory.release()
  }
}

t.test('a file that is cut anywhere is refused, or read as far as its rows go', async (t) => {
  for (const name of names.filter((name) => !name.endsWith('.csv'))) {
    const bytes = await readFile(join(folder, name))
    const form = formOf(name)
    const step = Math.max(1, Math.floor(bytes.length / 40))
    for (let length = 0; length < bytes.length; length += step) {
      const error = await errorOf(bytes.subarray(0, length), form, length)
      const isRight = error instanceof ServiceError && ['BODY_MALFORMED', 'REQUEST_INVALID'].includes(error.code)
      // A stream of Arrow may end after any batch.
      if (!(isRight || (error === undefined && name.endsWith('.arrows')))) t.fail(`${name} cut at ${length}: ${error}`)
    }
  }
})

t.test('what is nested is refused by column, and the rest is not', async (t) => {
  for (const name of ['nested.parquet', 'nested.arrow']) {
    const error = (await errorOf(join(folder, name), formOf(name), MIB)) as ServiceError
    t.equal(error.code, 'REQUEST_INVALID', name)
    t.same(
      error.faults.map(({ column }) => column),
      ['list', 'struct', 'map'],
      name,
    )
  }
})

t.test('files that are sent as others are refused by name', async (t) => {
  const file = (name: string): Promise<Buffer> => readFile(join(folder, name))
  const office = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)])
  const ods = zipOf({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': '<a/>' })
  for (const [form, bytes, message] of [
    ['csv', await file('sales.xlsx'), /zip archive, as workbooks/],
    ['csv', await file('snappy.parquet'), /a Parquet file: send it as application\/vnd.apache.parquet/],
    ['csv', await file('plain.arrow'), /an Arrow file/],
    ['csv', gzipSync('a,b\n1,2\n'), /compressed with gzip/],
    ['xlsx', office, /older Office file \(xls\)/],
    ['xlsx', ods, /OpenDocument file \(ods\): save it as .xlsx/],
    ['xlsx', zipOf({ 'a.txt': 'a' }), /a zip archive without a workbook/],
    ['xlsx', Buffer.from('a,b\n1,2\n'), /no zip archive/],
    ['parquet', Buffer.from('a,b\n1,2\n3,4\n5,6\n'), /does not end with PAR1/],
    ['arrow', Buffer.from('FEA1 and so on'), /Feather version 1/],
  ] as const) {
    t.match(await errorOf(bytes, form, bytes.length), { code: 'BODY_MALFORMED', message }, String(message))
  }
})

t.test('lengths that lie are refused before they are believed', async (t) => {
  const parquet = await readFile(join(folder, 'snappy.parquet'))
  const long = Buffer.from(parquet)
  long.writeUInt32LE(2 ** 31, long.length - 8)
  t.match(await errorOf(long, 'parquet', long.length), { message: /its metadata has 2147483648 bytes/ })
  const arrow = await readFile(join(folder, 'lz4.arrow'))
  const tail = Buffer.from(arrow)
  tail.writeUInt32LE(2 ** 30, tail.length - 10)
  t.match(await errorOf(tail, 'arrow', tail.length), { message: /its footer is longer than the file/ })
  const bomb = workbook('<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>', ' '.repeat(64 * MIB))
  t.match(await errorOf(bomb, 'xlsx', bomb.length), { message: /sheet1.xml of \d+ bytes says that it unpacks to \d+/ })
  // It says less than it is.
  const packed = deflateRawSync(Buffer.alloc(64 * MIB, ' '))
  const liar = zipOf({ ...workbookParts(''), 'xl/worksheets/sheet1.xml': { packed, byteLength: 1000 } })
  t.match(await errorOf(liar, 'xlsx', liar.length), { message: /too many bytes in the stream/ })
})

t.test('a workbook tells what it is not sure of', async (t) => {
  const cell = (place: string, text: string): string => `<c r="${place}" t="inlineStr"><is><t>${text}</t></is></c>`
  const sheet = [
    `<row r="2">${cell('A2', 'a')}${cell('C2', ' b ')}</row>`,
    '<row r="3"><c r="A3"><v>1</v></c><c r="C3" t="e"><v>#N/A</v></c></row>',
    '<row r="6"><c r="A6"><f>1+1</f></c><c r="C6" t="b"><v>1</v></c></row>',
  ].join('')
  const bytes = workbook(sheet, '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>')
  const { table, decisions } = await readTable(bytes, 'xlsx')
  t.same(
    decisions.map(({ code }) => code),
    ['SPACES_TRIMMED', 'CELLS_MERGED', 'CELLS_IN_ERROR', 'FORMULAS_WITHOUT_VALUE', 'ROWS_EMPTY'],
  )
  t.equal(table.rowCount, 2)
  const nameless = workbook(`<row>${cell('A1', 'a')}</row><row><c r="B2"><v>1</v></c></row>`, '')
  t.match(await errorOf(nameless, 'xlsx', MIB), {
    message: /column B of the sheet has values, and its header \(cell B1\) is empty/,
  })
  t.match(await errorOf(nameless, 'xlsx', MIB, { sheet: 'x' }), { message: /it has no sheet "x"; it has "One"/ })
  for (const xml of [
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<row r="0">',
    '<row><c r="zz"/></row>',
    '<row><c t="s"><v>7</v></c></row>',
  ]) {
    t.match(await errorOf(workbook(xml, ''), 'xlsx', MIB), { code: 'BODY_MALFORMED' }, xml)
  }
})

t.test('a line without an end, too many columns, and bytes that are no text are refused', async (t) => {
  const path = join(t.testdir(), 'line.csv')
  await writeFile(path, Buffer.alloc(160 * MIB, 'a'))
  t.match(await errorOf(path, 'csv', 160 * MIB), {
    code: 'BODY_MALFORMED',
    message: /more than 67108864 bytes at byte 0/,
  })
  const wide = Buffer.from(`${Array.from({ length: 1_000_000 }, (_, i) => `c${i}`)}\n`)
  t.match(await errorOf(wide, 'csv', wide.length), { message: /more than 10000 columns/ })
  t.match(await errorOf(Buffer.from('a,b\n\x01\xff,2\n', 'latin1'), 'csv', 10), {
    message: /neither UTF-8 nor Windows-1252: it has the byte 1 at byte 4/,
  })
  const half = Buffer.concat([
    Buffer.from([0xff, 0xfe]),
    Buffer.from('a,b\n1,2\n', 'utf16le'),
    Buffer.from([0x00, 0xd8, 0x41, 0]),
  ])
  t.match(await errorOf(half, 'csv', half.length), { message: /not UTF-16LE .* say its encoding/ })
  t.match(await errorOf(Buffer.from('a\n\xe4\n', 'latin1'), 'csv', 4, { encoding: 'utf-8' }), {
    message: /not UTF-8 at byte 2/,
  })
})
