import t from 'tap'
import { Random } from '../learning/random.ts'
import { withoutMixed } from '../model/read-column.ts'
import { toRows } from '../model/table.ts'
import { windowOfBytes } from './byte-window.ts'
import { CsvRows } from './csv-rows.ts'
import { JsonReader } from './json-reader.ts'
import { jsonLineBatches, readBatches, readJsonLines, readRows } from './read-body.ts'
import { type AssembledRows, TableAssembler } from './table-assembler.ts'
import { TEXT_ENCODINGS, type TextEncoding } from './text-encoding.ts'

const assembler = () => new TableAssembler(() => 'features')

/** Everything that was read: rows, faults by their row in the whole, decisions. */
function gathered() {
  let rowCount = 0
  const read = { rows: [] as unknown[], faults: [] as unknown[], warnings: [] as unknown[] }
  return {
    read,
    batchCount: 0,
    add({ table, faults, warnings }: AssembledRows) {
      const start = rowCount
      read.rows.push(...toRows(withoutMixed(table)))
      read.faults.push(
        ...faults.listed.map((fault) => (fault.row === undefined ? fault : { ...fault, row: fault.row + start })),
      )
      read.warnings.push(...warnings)
      rowCount += table.rowCount
      this.batchCount += 1
    },
  }
}

function gather(batches: Iterable<AssembledRows>) {
  const all = gathered()
  for (const batch of batches) all.add(batch)
  return { batchCount: all.batchCount, ...all.read }
}

function csvInBatches(text: string, batchBytes: number) {
  return gather(new CsvRows(windowOfBytes(Buffer.from(text)), assembler()).readBatches(batchBytes))
}

function csvInWhole(text: string) {
  const rows = assembler()
  new CsvRows(windowOfBytes(Buffer.from(text)), rows).read()
  const { batchCount: _, ...read } = gather([rows.finish()])
  return read
}

function linesInBatches(text: string, batchBytes: number) {
  return gather(jsonLineBatches(new JsonReader(windowOfBytes(Buffer.from(text))), assembler(), batchBytes))
}

function linesInWhole(text: string) {
  const rows = assembler()
  readJsonLines(new JsonReader(windowOfBytes(Buffer.from(text))), rows)
  const { batchCount: _, ...read } = gather([rows.finish()])
  return read
}

const CSVS: Readonly<Record<string, string>> = {
  'line ends in quotes': 'a,b\n"x\r\ny",1\n"\n",2\n"""\n""",3\n',
  'a separator that one row alone would not tell': 'a;b,c\n"x;y";1,5\nz;2,5\n1,2;3\n',
  'a decimal comma that the first rows alone do not have': 'a;b\n1;x\n2;y\n1,5;z\n',
  'a point beside commas that group': 'a;b\n1,234;x\n1.5;y\n',
  apostrophes: "'a','b'\n'x','1'\n'it''s','2'\n3,4\n",
  'a late text in a column of numbers': `a,b\n${'1,2\n'.repeat(50)}x,2\n`,
  'leading zeros late': `a\n${'12\n'.repeat(50)}007\n`,
  'ragged rows late': `a,b\n${'1,2\n'.repeat(50)}1\n1,2,3\n1,2\n`,
  'blank lines': 'a,b\n\n\n1,2\n\n3,4\n\n',
  'carriage returns alone': 'a,b\r1,"x\r"\r\r2,y\r',
  'a mark and spaces in the header': '\ufeff a , b\n1,2\n3,4\n',
  'the header only': 'a,b\n',
  'names twice and none': 'a,a,\n1,2,3\n4,5,6\n',
  'levels that come again': `a\n${Array.from({ length: 100 }, (_, i) => `v${i % 7}\n`).join('')}`,
}

for (const [what, text] of Object.entries(CSVS)) {
  t.test(`batches of a CSV read as the whole does: ${what}`, async (t) => {
    const wanted = csvInWhole(text)
    for (const bytes of [1, 2, 7, 30]) {
      const { batchCount, ...read } = csvInBatches(text, bytes)
      t.strictSame(read, wanted, `${batchCount} batches`)
    }
  })
}

t.test('batches of random CSV read as the whole does', async (t) => {
  const random = new Random(3)
  const fields = ['1', '-2.5', '', 'x', '"a,b"', '"\n"', '"\r\n"', '""""', 'NA', '007', 'true', '1e400', 'ü']
  for (let i = 0; i < 300; i++) {
    const line = (): string => [0, 1, 2].map(() => fields[random.integer(fields.length)]).join()
    const ends = ['\n', '\r\n', '\r']
    const text = `a,b,c\n${Array.from({ length: 1 + random.integer(20) }, line).join(ends[random.integer(3)])}`
    const wanted = csvInWhole(text)
    const { batchCount, ...read } = csvInBatches(text, 1 + random.integer(20))
    t.strictSame(read, wanted, `${batchCount} batches of ${JSON.stringify(text)}`)
  }
})

t.test('levels come again in later batches, also where there were too many to be kept', async (t) => {
  const rows = Array.from({ length: 500_000 }, (_, i) => `${i % 3 ? `text ${i % 250_000}` : i},v${i % 2500}\n`)
  const text = `a,b\n${rows.join('')}`
  let row = 0
  for (const { table } of new CsvRows(windowOfBytes(Buffer.from(text)), assembler()).readBatches(2 ** 18)) {
    const wanted = rows.slice(row, row + table.rowCount).map((line) => line.trim())
    const found = toRows(withoutMixed(table)).map(({ a, b }) => `${a},${b}`)
    if (found.join() !== wanted.join()) t.fail(`from row ${row} on`)
    row += table.rowCount
  }
  t.equal(row, rows.length)
})

t.test('batches of NDJSON read as the whole does', async (t) => {
  const rows = Array.from({ length: 200 }, (_, i) =>
    i % 3 ? { a: i, b: `v${i % 5}` } : { a: 'x', c: null, 'd e': true },
  )
  const text = `${rows.map((row) => JSON.stringify(row)).join('\n\n')}\n\n`
  const wanted = linesInWhole(text)
  for (const bytes of [1, 20, 333]) {
    const { batchCount, faults, warnings, rows } = linesInBatches(text, bytes)
    t.ok(batchCount > 1)
    t.same({ faults, warnings }, { faults: wanted.faults, warnings: wanted.warnings })
    t.strictSame(withoutNulls(rows), withoutNulls(wanted.rows))
  }
  t.match(linesInBatches('{"a":1}\n[]\n{"a":2}\n7\n', 1).faults, [{ row: 1 }, { row: 3 }])
})

/** A batch has no column of which none of its rows has a value. */
function withoutNulls(rows: readonly unknown[]): unknown[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row as object).filter(([, value]) => value !== null)))
}

function encoded(text: string, encoding: TextEncoding, hasMark: boolean): Buffer {
  const marked = hasMark ? `\ufeff${text}` : text
  if (encoding === 'utf-8') return Buffer.from(marked)
  if (encoding === 'windows-1252') return Buffer.from(text, 'latin1')
  const bytes = Buffer.from(marked, 'utf16le')
  return encoding === 'utf-16le' ? bytes : bytes.swap16()
}

for (const encoding of TEXT_ENCODINGS) {
  for (const hasMark of encoding === 'windows-1252' ? [false] : [true, false]) {
    t.test(`a long CSV in ${encoding}, ${hasMark ? 'with' : 'without'} its mark, has one encoding`, async (t) => {
      // The first character that is not ASCII comes behind the first batch.
      const lines = Array.from({ length: 40_000 }, (_, i) => `${i},${i > 30_000 ? `ü${i % 11}` : 'u'},"\n"\n`)
      const bytes = encoded(`a,b,c\n${lines.join('')}`, encoding, hasMark)
      const batches = gathered()
      readBatches(bytes, { form: 'csv', dialect: {} }, (rows) => batches.add(rows))
      t.ok(batches.batchCount > 1)
      const { read } = batches
      const { batchCount: _, ...wanted } = gather([await readRows(bytes, { form: 'csv' }, assembler())])
      t.strictSame(read, wanted)
      t.same(read.rows[39_999], { a: 39_999, b: `ü${39_999 % 11}`, c: '\n' })
    })
  }
}
