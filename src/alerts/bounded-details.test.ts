// Details are cut to what fits, and say so.
import t from 'tap'
import { boundedDetails, DETAILS_BYTES_MAX } from './bounded-details.ts'

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

t.test('what fits stays as it is', async (t) => {
  const details = { columns: ['a', 'b'], psi: 0.2 }
  t.equal(boundedDetails(details), details)
})

t.test('of a list that is too long the beginning stays, and what comes after it', async (t) => {
  const columns = Array.from({ length: 1_000 }, (_, i) => ({ column: `säule ${i}`, psi: 0.2 }))
  const cut = boundedDetails({ columns, rows: 7 }) as { columns: unknown[]; rows: number; cut_off: boolean }
  t.ok(sizeOf(cut) <= DETAILS_BYTES_MAX)
  t.ok(sizeOf(cut) > DETAILS_BYTES_MAX - 100, 'as much as there is room for')
  t.same(cut.columns, columns.slice(0, cut.columns.length))
  t.equal(cut.cut_off, true)
})

t.test('a text that is too long, and a name that is too long, are left out', async (t) => {
  t.same(boundedDetails({ text: 'x'.repeat(9_000), psi: 1 }), { psi: 1, cut_off: true })
  t.same(boundedDetails({ ['n'.repeat(9_000)]: [], psi: 1 }), { psi: 1, cut_off: true })
})
