import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { conform } from './conform.ts'
import { FaultList } from './faults.ts'
import { compareColumns, schemaOf } from './schema.ts'
import { toRows } from './table.ts'

const tableOf = (rows: readonly unknown[]) => buildTable(rows, 'features', new FaultList())
const training = tableOf([
  { n: 1, c: 'red', m: 1 },
  { n: 2, c: 'blue', m: 'one' },
])

function conformed(rows: readonly unknown[]) {
  const faults = new FaultList()
  const { table, unseen } = conform(tableOf(rows), schemaOf(training), faults)
  return { table, unseen, faults: faults.listed }
}

t.test('puts columns into the order of training, and codes by its levels', async (t) => {
  const { table, unseen, faults } = conformed([{ m: 'one', c: 'red', n: 5 }])
  t.same(faults, [])
  t.same(unseen, [])
  t.same(
    table.columns.map(({ name }) => name),
    ['n', 'c', 'm'],
  )
  t.match(table.columns[1], { levels: ['blue', 'red'] })
  t.strictSame(toRows(table), [{ n: 5, c: 'red', m: 'one' }])
})

t.test('a level that training did not see becomes missing, and is reported with up to ten values', async (t) => {
  const rows = Array.from({ length: 15 }, (_, i) => ({ n: 1, c: `new ${String.fromCharCode(97 + i)}`, m: 1 }))
  const { table, unseen, faults } = conformed([...rows, { n: 1, c: 'red', m: 7 }, { n: 1, c: null, m: null }])
  t.same(faults, [])
  t.match(unseen[0], { column: 'c', rowCount: 15 })
  t.same(
    unseen[0]?.values,
    rows.slice(0, 10).map(({ c }) => c),
  )
  t.same(unseen[1], { column: 'm', rowCount: 1, values: [7] })
  t.strictSame(toRows(table).at(-2), { n: 1, c: 'red', m: null })
})

t.test('a value of a type that training did not see is a fault, whatever the other rows hold', async (t) => {
  const { faults } = conformed([
    { n: 'x', c: 3, m: true },
    { n: 4, c: 'red', m: 'one' },
  ])
  t.same(faults, [
    { in: 'features', row: 0, column: 'n', detail: 'expected a number, got "x"' },
    { in: 'features', row: 0, column: 'c', detail: 'expected a string, got 3' },
    { in: 'features', row: 0, column: 'm', detail: 'expected a number or a string, got true' },
  ])
})

t.test('a column that is all missing is taken for one of any kind', async (t) => {
  const { table, unseen, faults } = conformed([{ n: null, c: null, m: null }])
  t.same(faults, [])
  t.same(unseen, [])
  t.strictSame(toRows(table), [{ n: null, c: null, m: null }])
})

t.test('names every missing and every unexpected column', async (t) => {
  const { faults } = conformed([{ n: 1, d: 1, e: 2 }])
  t.same(faults, [
    { in: 'features', column: 'c', detail: 'missing column: no row has it' },
    { in: 'features', column: 'm', detail: 'missing column: no row has it' },
    { in: 'features', column: 'd', detail: 'unexpected column' },
    { in: 'features', column: 'e', detail: 'unexpected column' },
  ])
  const labels = new FaultList()
  compareColumns(['y'], tableOf([{ x: 1 }]), 'labels', labels)
  t.same(
    labels.listed.map(({ in: place, column }) => [place, column]),
    [
      ['labels', 'y'],
      ['labels', 'x'],
    ],
  )
})
