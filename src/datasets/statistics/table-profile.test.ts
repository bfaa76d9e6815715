import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { MemoryBudget } from '../../memory/memory-budget.ts'
import { withoutMixed } from '../../model/read-column.ts'
import type { CategoricalColumn, NumericColumn } from '../../model/table.ts'
import { readBody } from '../../rows/read-body.ts'
import { describeBody } from '../describe-body.ts'
import { cramersV, pearson } from './alike-columns.ts'
import { DISTINCT_ERROR } from './distinct-count.ts'

const root = join(import.meta.dirname, '../../..')
const golden = JSON.parse(await readFile(join(root, 'test/golden/dataset_statistics.json'), 'utf8'))
const memory = () => MemoryBudget.of(2 ** 30).hold('a test')
const describe = (text: string | Buffer) => describeBody(Buffer.from(text), { form: 'csv', dialect: {} }, memory())

interface GoldenTable {
  readonly rows: number
  readonly duplicates: number
  readonly missing: number
  readonly columns: Record<string, GoldenColumn>
  readonly pearson: [string, string, number][]
  readonly cramers_v: [string, string, number][]
}
interface GoldenColumn {
  readonly present: number
  readonly distinct: number
  readonly counts?: Record<string, number>
  readonly balance?: number
  readonly numbers?: Record<'mean' | 'std' | 'min' | 'max', number> & { readonly quantiles: Record<string, number> }
}

/** Within a relative 1e-9. */
function close(t: Test, found: number | undefined, wanted: number, about: string): void {
  t.ok(
    Math.abs((found ?? Number.NaN) - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)),
    `${about}: ${found}, ${wanted}`,
  )
}

for (const [name, table] of Object.entries<GoldenTable>(golden.tables)) {
  t.test(`${name}: as pandas ${golden.pandas} and SciPy ${golden.scipy} say it`, async (t) => {
    const bytes = await readFile(join(root, `examples/data/${name}.csv`))
    const { statistics } = await describe(bytes)
    t.equal(statistics.rows, table.rows)
    t.equal(statistics.missing_cells, table.missing)
    t.same(statistics.duplicate_rows, { count: table.duplicates, is_exact: true })
    for (const column of statistics.columns) {
      const wanted = table.columns[column.name] as GoldenColumn
      t.equal(column.present, wanted.present, column.name)
      t.same(column.distinct, { count: wanted.distinct, is_exact: true }, column.name)
      if (wanted.numbers === undefined) {
        const counts = Object.fromEntries((column.top ?? []).map(({ value, count }) => [String(value), count]))
        t.same(counts, wanted.counts, column.name)
        const candidate = statistics.label_candidates.find((of) => of.column === column.name)
        if (candidate !== undefined) close(t, candidate.balance, wanted.balance as number, column.name)
        continue
      }
      const { quantiles, ...others } = wanted.numbers
      for (const [figure, value] of Object.entries<number>(others)) {
        close(t, column.numbers?.[figure as 'mean'], value, `${column.name} ${figure}`)
      }
      for (const [p, value] of Object.entries<number>(quantiles)) {
        close(t, column.numbers?.quantiles[p], value, `${column.name} ${p}`)
      }
    }
    const { features } = await readBody(bytes, { form: 'csv', members: [], labelNames: [] })
    if (!('table' in features)) throw new Error('no table')
    const columns = new Map(withoutMixed(features.table).columns.map((column) => [column.name, column]))
    const at = (of: string) => columns.get(of) as unknown
    for (const [a, b, value] of table.pearson) {
      close(t, pearson(at(a) as NumericColumn, at(b) as NumericColumn), value, `${a}, ${b}`)
    }
    for (const [a, b, value] of table.cramers_v) {
      close(t, cramersV(at(a) as CategoricalColumn, at(b) as CategoricalColumn), value, `${a}, ${b}`)
    }
  })
}

t.test('more rows than are held: exact where it can be, else near', async (t) => {
  const rowCount = 250_000
  const lines = Array.from({ length: rowCount }, (_, i) => `${i},${(i * 7919) % rowCount},t${i % 60_000},${i % 3}`)
  const { statistics } = await describe(`a,b,c,d\n${lines.join('\n')}\n`)
  const [a, , c, d] = statistics.columns
  t.equal(statistics.rows, rowCount)
  t.ok(statistics.sample_rows > 10_000 && statistics.sample_rows <= 100_000, String(statistics.sample_rows))
  t.match(a?.numbers, { min: 0, max: rowCount - 1, mean: (rowCount - 1) / 2 })
  t.ok(Math.abs((a?.numbers?.quantiles['0.5'] ?? 0) / rowCount - 0.5) < 0.02)
  for (const [column, count] of [
    [a, rowCount],
    [c, 60_000],
  ] as const) {
    t.notOk(column?.distinct.is_exact)
    t.ok(Math.abs((column?.distinct.count ?? 0) / count - 1) < 5 * DISTINCT_ERROR, `${column?.distinct.count}`)
  }
  t.same(d?.distinct, { count: 3, is_exact: true })
  t.same(
    d?.top?.map(({ count }) => count),
    [83_334, 83_333, 83_333],
  )
})

t.test('tells what stands out', async (t) => {
  const lines = Array.from({ length: 200 }, (_, i) => {
    const rare = i < 4 ? 'yes' : 'no'
    return `u${i},7,${i / 3},${(2 * i) / 3},${rare},${rare === 'yes' ? 1 : 0},,${i % 2 ? 'NA' : i}`
  })
  const { statistics } = await describe(
    `id,same,x,double_x,label,leak,empty,marks\n${[...lines, lines[0]].join('\n')}\n`,
  )
  const codes = statistics.findings.map(({ code, column }) => `${code} ${column ?? ''}`.trim())
  for (const finding of [
    'ROWS_EQUAL',
    'COLUMN_ID_LIKE id',
    'COLUMN_CONSTANT same',
    'COLUMN_ALL_MISSING empty',
    'MISSING_MARKS marks',
    'COLUMNS_ALIKE double_x',
    'CLASSES_UNEQUAL label',
  ]) {
    t.ok(codes.includes(finding), finding)
  }
  t.equal(statistics.columns.find(({ name }) => name === 'marks')?.kind, 'numeric')
})
