import t from 'tap'
import { planReconciliation } from './reconcile.ts'

const row = (id: number, name: string, pipelineOk: boolean) => ({ id, name, type: '', description: null, pipelineOk })

t.test('in both is available, in the table only unavailable, in the code only unregistered', async (t) => {
  const rows = [row(1, 'both', true), row(2, 'table', false)]
  t.same(planReconciliation(['both', 'code'], rows), {
    available: [rows[0]],
    unavailable: [rows[1]],
    unregistered: ['code'],
    toTrue: [],
    toFalse: [],
  })
})

t.test('sets pipeline_ok only where it differs', async (t) => {
  const rows = [row(1, 'a', false), row(2, 'b', true), row(3, 'c', true), row(4, 'd', false)]
  const { toTrue, toFalse } = planReconciliation(['a', 'b'], rows)
  t.same(toTrue, [1])
  t.same(toFalse, [3])
})

t.test('names are compared letter by letter', async (t) => {
  const { available, unregistered } = planReconciliation(['Forest', 'forest '], [row(1, 'forest', true)])
  t.same(available, [])
  t.same(unregistered, ['Forest', 'forest '])
})

t.test('nothing on either side is nothing to do', async (t) => {
  t.same(planReconciliation([], []), { available: [], unavailable: [], unregistered: [], toTrue: [], toFalse: [] })
})
