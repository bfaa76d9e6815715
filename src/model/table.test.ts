import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { FaultList } from './faults.ts'
import { asCategorical, type CategoricalColumn, compareLevels, sliceRows, takeRows, toRows } from './table.ts'
import { describeTable, tableAt, tableByteLength, tableChunks } from './table-bytes.ts'

function tableOf(rows: readonly unknown[]) {
  const faults = new FaultList()
  const table = buildTable(rows, 'features', faults)
  return { table, faults: faults.listed, count: faults.count }
}

const mixed = [
  { n: 1.5, s: 'b', b: true, m: 'x' },
  { n: null, s: 'a', b: false, m: 2 },
  { s: null, b: true, m: 1 },
  { n: -0, s: 'b', m: false },
]

t.test(
  'a column of numbers is numeric, one with strings or booleans categorical, and what is missing is missing',
  async (t) => {
    const { table, faults } = tableOf(mixed)
    t.same(faults, [])
    t.equal(table.rowCount, 4)
    t.same(
      table.columns.map(({ name, kind }) => [name, kind]),
      [
        ['n', 'numeric'],
        ['s', 'categorical'],
        ['b', 'categorical'],
        ['m', 'categorical'],
      ],
    )
    t.strictSame(toRows(table), [
      { n: 1.5, s: 'b', b: true, m: 'x' },
      { n: null, s: 'a', b: false, m: 2 },
      { n: null, s: null, b: true, m: 1 },
      { n: -0, s: 'b', b: null, m: false },
    ])
  },
)

t.test('levels stand in order: numbers by size, then strings, then false before true', async (t) => {
  const { table } = tableOf([true, 'b', 10, 9, false, 'B', '', -1].map((m) => ({ m })))
  t.strictSame((table.columns[0] as CategoricalColumn).levels, [-1, 9, 10, '', 'B', 'b', false, true])
  t.equal(compareLevels(1, '1') < 0, true)
  t.equal(compareLevels('a', 'a'), 0)
})

t.test('a column becomes categorical with all the numbers that it had before', async (t) => {
  const { table } = tableOf([{ a: 3 }, { a: null }, { a: 3 }, { a: 'x' }, { a: 4 }])
  const column = table.columns[0] as CategoricalColumn
  t.same([...column.codes], [0, -1, 0, 2, 1])
  t.strictSame(column.levels, [3, 4, 'x'])
})

t.test('column names are data', async (t) => {
  const rows = JSON.parse('[{"__proto__": 1, "constructor": "x", "": 2, "a.b": true}, {"toString": 3}]')
  const { table, faults } = tableOf(rows)
  t.same(faults, [])
  t.same(
    table.columns.map(({ name }) => name),
    ['__proto__', 'constructor', '', 'a.b', 'toString'],
  )
  const [row] = toRows(table)
  t.same(Object.entries(row as object)[0], ['__proto__', 1])
  t.equal(Object.getPrototypeOf(row), Object.prototype)
})

t.test('names every row and value that it cannot take', async (t) => {
  const { faults } = tableOf([{ a: 1, b: {} }, [1], { a: Number.POSITIVE_INFINITY }, null, { b: [] }, 'x'])
  t.same(faults, [
    { in: 'features', row: 0, column: 'b', detail: 'expected a number, a string, a boolean or null, got an object' },
    { in: 'features', row: 1, detail: 'expected an object of values by column name, got an array' },
    { in: 'features', row: 2, column: 'a', detail: 'expected a finite number, got Infinity' },
    { in: 'features', row: 3, detail: 'expected an object of values by column name, got null' },
    { in: 'features', row: 4, column: 'b', detail: 'expected a number, a string, a boolean or null, got an array' },
    { in: 'features', row: 5, detail: 'expected an object of values by column name, got a string' },
  ])
})

t.test('lists a hundred faults and counts the rest', async (t) => {
  const { faults, count } = tableOf(Array.from({ length: 1000 }, () => 7))
  t.equal(faults.length, 100)
  t.equal(count, 1000)
})

t.test('has a bound on columns, whatever the rows hold', async (t) => {
  const { table, faults } = tableOf([Object.fromEntries(Array.from({ length: 10_050 }, (_, i) => [`c${i}`, i]))])
  t.equal(table.columns.length, 10_000)
  t.same(faults, [{ in: 'features', row: 0, column: 'c10000', detail: 'more than 10000 columns' }])
})

t.test('has a bound on the names of columns, which it tells with little of the name', async (t) => {
  const longest = 'k'.repeat(1000)
  t.equal(tableOf([{ [longest]: 1 }]).table.columns[0]?.name, longest)
  const { table, faults } = tableOf([{ [`${longest}k`]: 1, a: 2 }])
  t.same(toRows(table), [{ a: 2 }])
  const detail = 'a name of 1001 characters; expected 1000 at the most'
  t.same(faults, [{ in: 'features', row: 0, column: `${'k'.repeat(254)}…`, detail }])
})

t.test('a numeric column can be taken as categories', async (t) => {
  const { table } = tableOf([5, 1, null, 5, -0, 0].map((a) => ({ a })))
  const column = asCategorical(table.columns[0] as never)
  t.same([...column.codes], [2, 1, -1, 2, 0, 0])
  t.strictSame(
    column.levels.map(Number),
    [-0, 1, 5].map((value) => value + 0 || value),
  )
  t.equal(asCategorical(column), column)
})

t.test('takes rows in any order, and slices without a copy', async (t) => {
  const { table } = tableOf(mixed)
  const rows = toRows(table)
  t.strictSame(toRows(takeRows(table, Int32Array.of(3, 0, 3))), [rows[3], rows[0], rows[3]])
  const slice = sliceRows(table, 1, 3)
  t.equal(slice.rowCount, 2)
  t.strictSame(toRows(slice), rows.slice(1, 3))
  t.equal(sliceRows(table, 3, 99).rowCount, 1)
})

t.test('is the same again when read from its bytes', async (t) => {
  for (const rows of [mixed, [], [{}, {}], [{ a: 'x' }], JSON.parse('[{"__proto__":true},{"a\\u0000":1}]')]) {
    const { table } = tableOf(rows)
    const description = JSON.parse(JSON.stringify(describeTable(table)))
    const bytes = Buffer.concat([Buffer.alloc(16), ...tableChunks(table)])
    t.equal(bytes.length - 16, tableByteLength(description))
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    t.strictSame(tableAt(buffer, 16, description), table)
    if (bytes.length > 16) t.throws(() => tableAt(buffer, 24, description), RangeError)
  }
})
