// Columns that give a label away, where some labels are missing: as in a data set that is looked at before it is trained from.
import t from 'tap'
import type { CategoricalColumn } from '../table.ts'
import { columnsThatTell } from './tells-label.ts'

const codesOf = (codeAt: (i: number) => number): Int32Array => Int32Array.from({ length: 300 }, (_, i) => codeAt(i))
const column = (name: string, codes: Int32Array): CategoricalColumn => ({
  kind: 'categorical',
  name,
  codes,
  levels: ['p', 'q'],
})
const told = (feature: CategoricalColumn, label: CategoricalColumn): (string | undefined)[] =>
  [...columnsThatTell([feature], label, 'classifier')].map(({ column }) => column)

t.test(
  'missing labels are a class of their own, and where the column is missing with them it tells them too',
  async (t) => {
    const gaps = codesOf((i) => (i % 3) - 1)
    t.same(told(column('a', gaps), column('y', gaps)), ['a'])
    const noise = codesOf((i) => ((i * 7919) >> 3) % 2)
    t.same(told(column('a', noise), column('y', gaps)), [])
  },
)
