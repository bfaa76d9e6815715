import { readdir, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import t from 'tap'
import { MemoryBudget } from '../../memory/memory-budget.ts'
import { isSameValue } from '../../model/sought-value.ts'
import { type Level, toRows } from '../../model/table.ts'
import { type BodyBytes, chunksOf } from '../../rows/byte-window.ts'
import { FORM_OF_ENDING, type RowsForm } from '../../rows/forms.ts'
import { readTable } from '../../rows/read-table.ts'
import type { DatasetShape } from '../describe-body.ts'
import { sieveRows } from './sieve-rows.ts'

const FILES = join(import.meta.dirname, '../../../test/golden/files')
const memory = () => MemoryBudget.of(2 ** 30).hold('rows')

async function sieve(body: BodyBytes, shape: DatasetShape, column: string, value: Level) {
  const parts: Buffer[] = []
  const done = await sieveRows(body, shape, { column, value }, (bytes) => parts.push(Buffer.from(bytes)), memory())
  return { ...done, bytes: Buffer.concat(parts) }
}
const rowsOf = async (body: BodyBytes, { form, dialect }: DatasetShape) =>
  toRows((await readTable(body, form, { dialect })).table) as Record<string, Level | null>[]
const textOf = (body: string) => Buffer.from(body)

t.test('what is left of a file in any form are the other rows, as they read before', async (t) => {
  for (const name of await readdir(FILES)) {
    const form = FORM_OF_ENDING[extname(name)] as RowsForm
    const path = join(FILES, name)
    const shape = { form, dialect: {} }
    const before = await rowsOf(path, shape).catch(() => [])
    if (before.length < 2) continue
    for (const column of Object.keys(before[0] ?? {})) {
      const value = before.find((row) => row[column] !== null)?.[column] ?? null
      if (value === null) continue
      const { bytes, found, left, ...written } = await sieve(path, shape, column, value)
      const others = before.filter((row) => row[column] === null || !isSameValue(row[column] as Level, value))
      t.same([found, left], [before.length - others.length, others.length], `${name}: ${column}`)
      if (left > 0) t.same(await rowsOf(bytes, written), others, `${name}: ${column}`)
    }
  }
})

t.test('lines of a CSV stay as they are, whatever stands in quotes, and wherever a window ends', async (t) => {
  const lines = Array.from({ length: 60_000 }, (_, i) => `${i},"a ""quote"" and\r\na line ${i % 3}",x${i % 1000}\r\n`)
  const text = `\ufeffid,"the\ntext",who\r\n\r\n${lines.join('\r\n')}`
  const done = await sieve(textOf(text), { form: 'csv', dialect: {} }, 'who', 'x7')
  t.match(done, { found: 60, left: 59_940, dialect: { separator: ',', quote: 'double', decimal: 'point' } })
  const expected = `\ufeffid,"the\ntext",who\r\n${lines.filter((line) => !line.endsWith(',x7\r\n')).join('')}`
  t.equal(done.bytes.toString(), expected)
})

t.test('knows a value however a CSV has it', async (t) => {
  const cases: [text: string, value: Level, left: string][] = [
    ['a\n17\n"17"\n017\n17.0\n', 17, 'a\n017\n'],
    ['a\n17\n"017"\n', '017', 'a\n17\n'],
    ['a;b\n1,5;x\n2,5;y\n', 1.5, 'a;b\n2,5;y\n'],
    ["a|b\n'x|y'|'1'\n'z'|'2'\n", 'x|y', "a|b\n'z'|'2'\n"],
    ['a,b\n2026-03-09,1\n2026-03-09T00:00:00Z,2\n2026-03-10,3', '2026-03-09', 'a,b\n2026-03-10,3'],
    ['a\r1\r\r2\r', 2, 'a\r1\r\r'],
    ['a\ntrue\nfalse\n', true, 'a\nfalse\n'],
    ['a,b\n,1\n"",2\n', '', 'a,b\n,1\n'],
  ]
  for (const [text, value, left] of cases) {
    const done = await sieve(textOf(text), { form: 'csv', dialect: {} }, 'a', value)
    t.equal(done.bytes.toString(), left, JSON.stringify(text))
  }
  const latin = Buffer.from('who;n\nMüller;1\nJörg;2\n', 'latin1')
  const done = await sieve(latin, { form: 'csv', dialect: {} }, 'who', 'Müller')
  t.equal(done.bytes.toString(), 'who;n\nJörg;2\n', 'written as UTF-8')
  t.match(done.dialect, { separator: ';', encoding: 'utf-8' })
})

t.test('takes rows out of JSON without touching the others', async (t) => {
  const rows = ['{"a":"x}"}', '{"a" : "\\"{" ,"n":1}', '{"a":"\\u0078}"}', '{"n":2}']
  for (const form of ['json', 'ndjson'] as const) {
    const text = form === 'json' ? `[ ${rows.join(' , ')} ]\n` : `${rows.join('\n')}\n\n`
    const done = await sieve(textOf(text), { form, dialect: {} }, 'a', 'x}')
    t.match(done, { found: 2, left: 2, form })
    t.equal(done.bytes.toString(), form === 'json' ? `[${rows[1]},\n${rows[3]}]` : `${rows[1]}\n${rows[3]}\n`)
    const none = await sieve(textOf(text), { form, dialect: {} }, 'z', 1)
    t.match(none, { found: 0, left: 4 })
  }
  const path = join(t.testdir({ 'rows.ndjson': '' }), 'rows.ndjson')
  const many = Array.from(
    { length: 100_000 },
    (_, i) => `{"who":"person ${i % 5000}","text":"${'é'.repeat(i % 50)}"}\n`,
  )
  await writeFile(path, many.join(''))
  const done = await sieve(path, { form: 'ndjson', dialect: {} }, 'who', 'person 4999')
  t.equal(done.bytes.toString(), many.filter((row) => !row.includes('"person 4999"')).join(''))
  t.ok([...chunksOf(path)].length > 1, 'in several windows')
})
