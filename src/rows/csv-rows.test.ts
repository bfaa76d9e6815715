import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { Random } from '../learning/random.ts'
import { FaultList } from '../model/faults.ts'
import { withoutMixed } from '../model/read-column.ts'
import { type Level, toRows } from '../model/table.ts'
import { ByteWindow, windowOfBytes } from './byte-window.ts'
import { CsvRows } from './csv-rows.ts'
import { fieldOf } from './csv-text.ts'
import { type AssembledRows, TableAssembler } from './table-assembler.ts'

function read(window: ByteWindow): AssembledRows {
  const assembler = new TableAssembler(() => 'features')
  new CsvRows(window, assembler).read()
  return assembler.finish()
}
const rowsOf = (text: string) => toRows(withoutMixed(read(windowOfBytes(Buffer.from(text))).table))
const faultsOf = (text: string) => read(windowOfBytes(Buffer.from(text))).faults.listed

t.test('what fields say: numbers, booleans, text, and what is missing', async (t) => {
  t.strictSame(rowsOf('a,b\n1,x\r\n-2.5e3,"y"\n,true\n.5,FALSE\n+7,\n 3 ,"true"\n"4",007\n1.,""'), [
    { a: 1, b: 'x' },
    { a: -2500, b: 'y' },
    { a: null, b: true },
    { a: 0.5, b: false },
    { a: 7, b: null },
    { a: 3, b: 'true' },
    { a: '4', b: '007' },
    { a: 1, b: '' },
  ])
})

t.test(
  'takes a byte order mark, any names, line ends in quotes, and blank lines where there are several columns',
  async (t) => {
    t.strictSame(rowsOf('\ufeff"a,b","",__proto__\n"x\r\n""y""",2,3\n\n'), [
      Object.fromEntries([
        ['a,b', 'x\r\n"y"'],
        ['', 2],
        ['__proto__', 3],
      ]),
    ])
    t.strictSame(rowsOf('a\n1\n\n2'), [{ a: 1 }, { a: null }, { a: 2 }])
  },
)

t.test('takes lines that end with a carriage return alone', async (t) => {
  t.strictSame(rowsOf('a,b\r1,"x\r"\r\r2,y'), [
    { a: 1, b: 'x\r' },
    { a: 2, b: 'y' },
  ])
})

t.test('takes apostrophes for quotes where the first rows have them around fields, or as it is said', async (t) => {
  t.strictSame(rowsOf("'a','b,c'\n'1',2\n'it''s',3\n"), [
    { a: '1', 'b,c': 2 },
    { a: "it's", 'b,c': 3 },
  ])
  t.strictSame(rowsOf("a,b\n'tis,1\nrock 'n' roll,2\n"), [
    { a: "'tis", b: 1 },
    { a: "rock 'n' roll", b: 2 },
  ])
  const assembler = new TableAssembler(() => 'features')
  new CsvRows(windowOfBytes(Buffer.from('a,b\n5" pipe,1\n"x",2\n')), assembler, { quote: 'none' }).read()
  t.strictSame(toRows(withoutMixed(assembler.finish().table)), [
    { a: '5" pipe', b: 1 },
    { a: '"x"', b: 2 },
  ])
})

t.test('names what is wrong with header and rows, all of it', async (t) => {
  t.same(faultsOf('a,,a\n1,2,3\n1\nnan,Inf,3,4\n'), [
    { in: 'features', column: '', detail: 'field 2 of the header is empty: give it a name' },
    { in: 'features', column: 'a', detail: 'the header names it twice' },
    { in: 'features', row: 1, detail: 'expected 3 fields, as the header has, got 1: none for ""' },
    { in: 'features', row: 2, detail: 'expected 3 fields, as the header has, got 4: more come after "a"' },
  ])
  t.same(
    faultsOf('a,b,,\n1,2,3,4\n').map(({ detail }) => detail),
    [3, 4].map((field) => `field ${field} of the header is empty: give it a name`),
  )
  t.match(faultsOf('a\n1e999'), [{ row: 0, column: 'a', detail: 'expected a finite number, got Infinity' }])
})

for (const [text, message] of [
  ['', /got no body/],
  ['a\n1"2', /not CSV: a quote in a field that does not begin with one at byte 3/],
  ['a,b\n"1"2,3', /expected a comma or the end of the line after a quote at byte 7/],
  ['a\n"1', /a quote that is not closed at byte 4/],
] as const) {
  t.test(`refuses ${JSON.stringify(text)}`, async (t) => {
    t.throws(() => rowsOf(text), { code: 'BODY_MALFORMED', message })
  })
}

t.test('a header that may be a row of values is told', async (t) => {
  const codesOf = (text: string) => read(windowOfBytes(Buffer.from(text))).warnings.map(({ code }) => code)
  for (const text of ['0.5,1.2\n1,2\n', '7\n8\n', '-1e3,2019\n1,2\n']) t.same(codesOf(text), ['HEADER_DOUBTED'], text)
  for (const text of ['a,2019\n1,2\n', '"2018","2019"\n1,2\n', ',1\n1,2\n']) t.same(codesOf(text), [], text)
})

t.test('of a header with too many names it keeps the first of them only', async (t) => {
  const names = Array.from({ length: 30_000 }, (_, i) => (i === 20_000 ? 'c0' : `c${i}`))
  const { table, faults } = read(windowOfBytes(Buffer.from(`${names}\n${names.map(() => 1)}\n`)))
  t.equal(table.columns.length, 10_000)
  t.same(faults.listed, [{ in: 'features', row: 0, column: 'c10000', detail: 'more than 10000 columns' }])
})

t.test('refuses what is not UTF-8', async (t) => {
  t.throws(() => read(windowOfBytes(Buffer.of(0x61, 0x0a, 0xff))), {
    code: 'BODY_MALFORMED',
    message: /not UTF-8 at byte 2: save the file as "CSV UTF-8"/,
  })
})

t.test('random rows that were written are read again, wherever the bytes are cut', async (t) => {
  const random = new Random(8)
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)] as T
  const texts = [
    'red',
    'green',
    '',
    ' ',
    'a,b',
    '"',
    '""x',
    'two\nlines',
    '\r\n',
    'true',
    '1',
    'nan',
    '-0',
    '1e5',
    'ü😀',
    ' 7 ',
  ]
  const value = (): Level | null =>
    pick([
      () => random.normal(),
      () => random.integer(5),
      () => -0,
      () => pick([true, false]),
      () => pick(texts),
      () => null,
    ])()
  for (let i = 0; i < 400; i++) {
    const names = Array.from({ length: 2 + random.integer(4) }, (_, j) => `${pick(texts)}_${j}`)
    const rows = Array.from({ length: 1 + random.integer(30) }, () =>
      Object.fromEntries(names.map((name) => [name, value()])),
    )
    const lines = rows.map((row) => names.map((name) => fieldOf(row[name] as Level | null)).join())
    const text = [names.map(fieldOf).join(), ...lines].join(pick(['\n', '\r\n'])) + pick(['', '\n'])
    const bytes = Buffer.from(text)
    const expected = buildTable(rows, 'features', new FaultList())
    const cut = 1 + random.integer(bytes.length)
    for (const lengths of [[bytes.length], [cut, bytes.length], Array.from(bytes, () => 1)]) {
      let at = 0
      let part = 0
      const window = new ByteWindow((target) => {
        const length = Math.min(lengths[part++] ?? 0, target.length, bytes.length - at)
        target.set(bytes.subarray(at, at + length))
        at += length
        return length
      }, bytes.length)
      t.strictSame(withoutMixed(read(window).table), expected, `rows ${i}`)
    }
  }
})
