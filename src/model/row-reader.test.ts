import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { Random } from '../learning/random.ts'
import { conform } from './conform.ts'
import { FaultList } from './faults.ts'
import { RowReader } from './row-reader.ts'
import type { ColumnSchema } from './schema.ts'
import { type Table, valueAt } from './table.ts'

const schema: readonly ColumnSchema[] = [
  { kind: 'numeric', name: 'n' },
  { kind: 'categorical', name: '__proto__', levels: [1, '1', true] },
  { kind: 'numeric', name: 'constructor' },
]

/** The naive twin: the long way, column by column. Undefined when it finds a fault or a new category. */
function readSlowly(rows: readonly unknown[]): Float64Array | undefined {
  const faults = new FaultList()
  const { table, unseen } = conform(buildTable(rows, 'features', faults), schema, faults)
  if (!faults.isEmpty || unseen.length > 0) return undefined
  return Float64Array.from({ length: rows.length * schema.length }, (_, at) =>
    numberAt(table, Math.floor(at / schema.length), at % schema.length),
  )
}

function numberAt(table: Table, row: number, j: number): number {
  const column = table.columns[j] as Table['columns'][number]
  if (column.kind !== 'categorical') return (valueAt(column, row) as number | null) ?? Number.NaN
  const code = column.codes[row] as number
  return code < 0 ? Number.NaN : code
}

t.test('agrees with the long way on random rows, or leaves them to it', async (t) => {
  const random = new Random(5)
  const pick = <T>(list: readonly T[]): T => list[random.uint32() % list.length] as T
  let [shortCount, leftCount] = [0, 0]
  for (let round = 0; round < 3000; round++) {
    const rows = Array.from({ length: 1 + (random.uint32() % 3) }, () => {
      const members = [
        `"n":${pick(['0', '-0', '1.5', 'null', '1e308', '1e309', '"a"', 'true'].slice(0, pick([5, 8])))}`,
        `"__proto__":${pick(['1', '"1"', 'true', 'null', '"new"', '{}'].slice(0, pick([4, 6])))}`,
        `"constructor":${pick(['7', 'null', '[]'].slice(0, pick([2, 3])))}`,
        ...pick([[], [], [], ['"extra":1']]),
      ]
      if (random.uint32() % 8 === 0) members.splice(random.uint32() % members.length, 1)
      return `{${members.sort(() => pick([-1, 1])).join()}}`
    })
    const text = `[${rows.join()}${pick(['', '', '', ',null', ',[1,2,3]'])}]`
    const parsed = JSON.parse(text) as unknown[]
    const block = new RowReader(schema).read(parsed)
    const slowly = readSlowly(parsed)
    if (block === undefined) leftCount++
    else {
      shortCount++
      if (!t.same(block.values, slowly, text)) return
    }
  }
  t.ok(shortCount > 300 && leftCount > 300, `${shortCount} the short way, ${leftCount} left`)
})

t.test('takes every row in which all is well', async (t) => {
  const rows = JSON.parse('[{"constructor":1,"__proto__":true,"n":null},{"n":2,"__proto__":"1","constructor":3}]')
  t.same(new RowReader(schema).read(rows), {
    rowCount: 2,
    columnCount: 3,
    values: Float64Array.from([Number.NaN, 2, 1, 2, 1, 3]),
  })
})

t.test('does not take what a row inherits for its value', async (t) => {
  t.equal(new RowReader(schema).read([{ n: 1, a: 1, b: 1 }]), undefined)
})

t.test('rows of numbers are read in whatever order their keys stand', async (t) => {
  const numbers = new RowReader(['b', 'a', '1'].map((name) => ({ kind: 'numeric', name })))
  const read = (text: string) => numbers.read(JSON.parse(text))?.values
  // Keys that are numbers come first in an object.
  t.same(read('[{"b":1,"a":2,"1":3},{"a":-0.5,"b":null,"1":7}]'), Float64Array.of(1, 2, 3, Number.NaN, -0.5, 7))
  const named = new RowReader(['b', 'a'].map((name) => ({ kind: 'numeric', name })))
  t.same(
    named.read([
      { b: 1, a: null },
      { a: 2, b: 3 },
    ])?.values,
    Float64Array.of(1, Number.NaN, 3, 2),
  )
  for (const row of [
    { b: 1 },
    { b: 1, a: 2, c: 3 },
    { b: 1, c: 2 },
    { b: 1, a: '2' },
    { b: 1, a: Number.POSITIVE_INFINITY },
    {},
  ]) {
    t.equal(named.read([{ b: 1, a: 2 }, row]), undefined, JSON.stringify(row))
  }
})
