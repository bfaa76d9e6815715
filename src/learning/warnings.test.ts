import t from 'tap'
import { WARNINGS_MAX, type Warning, WarningList, warningText } from './warnings.ts'

t.test('each warning is kept once, of a code ten, and the others are counted', async (t) => {
  const list = new WarningList()
  for (const column of ['a', 'b', 'a']) list.add({ code: 'COLUMN_CONSTANT', message: 'it is', column })
  t.equal(list.listed.length, 2)
  for (let j = 0; j < 100; j++) list.add({ code: 'COLUMN_ID_LIKE', message: 'it is', column: String(j) })
  list.add({ code: 'NOT_CONVERGED', message: 'it has not' })
  t.equal(list.listed.length, 2 + 11 + 1)
  t.same(list.listed.at(-2), { code: 'COLUMN_ID_LIKE', message: '90 more warnings of this code are left out' })
  t.equal(list.listed.at(-1)?.code, 'NOT_CONVERGED')
})

t.test('what came before is kept as it is', async (t) => {
  const before: Warning[] = Array.from({ length: 50 }, (_, j) => ({ code: 'COLUMN_MIXED', message: `${j}` }))
  const list = new WarningList(before)
  list.add(before[0] as Warning)
  t.same(list.listed, before)
  t.ok(list.listed.length <= WARNINGS_MAX)
})

t.test('a name and a message are cut, and are text all the same', async (t) => {
  const list = new WarningList()
  list.add({ code: 'COLUMN_CONSTANT', message: `${'m'.repeat(499)}😀`, column: 'n'.repeat(1000) })
  const [warning] = list.listed as [Warning]
  t.equal(warning.message.length, 500)
  t.ok(warning.message.isWellFormed())
  t.equal(warning.column?.length, 255)
})

t.test('a warning in one line', async (t) => {
  t.equal(warningText({ code: 'NOT_CONVERGED', message: 'it has not' }), 'NOT_CONVERGED: it has not')
  const quoted = warningText({ code: 'COLUMN_CONSTANT', message: 'it is', column: 'a"\n' })
  t.equal(quoted, 'COLUMN_CONSTANT, column "a\\"\\n": it is')
})
