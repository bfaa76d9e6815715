// Files of every form against what pandas and pyarrow read in them: test/golden/generate_files.py.
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { type Column, valueAt } from '../../src/model/table.ts'
import { FORM_OF_ENDING, type RowsForm } from '../../src/rows/forms.ts'
import { readTable } from '../../src/rows/read-table.ts'

interface Golden {
  readonly files: Readonly<Record<string, { readonly columns: Readonly<Record<string, readonly unknown[]>> }>>
}

const folder = new URL('../golden/', import.meta.url)
const golden = JSON.parse(await readFile(new URL('files.json', folder), 'utf8')) as Golden
const pathOf = (name: string): string => new URL(`files/${name}`, folder).pathname
const formOf = (name: string): RowsForm => FORM_OF_ENDING[name.slice(name.lastIndexOf('.'))] as RowsForm
const valuesOf = (column: Column, rowCount: number): unknown[] =>
  Array.from({ length: rowCount }, (_, row) => valueAt(column, row))

for (const [key, { columns }] of Object.entries(golden.files)) {
  const [name = '', sheet] = key.split('#')
  const form = formOf(name)
  t.test(key, async (t) => {
    if (Object.values(columns).every((values) => values.length === 0)) {
      await t.rejects(readTable(pathOf(name), form), { code: 'REQUEST_INVALID', message: /at least one row/ })
      return
    }
    for (const source of [pathOf(name), await readFile(pathOf(name))]) {
      const { table } = await readTable(source, form, { dialect: { sheet } })
      t.same(
        table.columns.map((column) => column.name),
        Object.keys(columns),
      )
      for (const column of table.columns) {
        t.same(valuesOf(column, table.rowCount), columns[column.name], `column ${JSON.stringify(column.name)}`)
      }
    }
  })
}
