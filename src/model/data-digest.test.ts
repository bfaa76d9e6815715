import t from 'tap'
import { dataDigest } from './data-digest.ts'
import type { Table } from './table.ts'

const labels: Table = { rowCount: 3, columns: [{ kind: 'numeric', name: 'y', values: Float64Array.of(1, 2, 3) }] }
const numbers = { kind: 'numeric', name: 'n', values: Float64Array.of(0, Number.NaN, 2) } as const
const categories = { kind: 'categorical', name: 'c', codes: Int32Array.of(0, -1, 1), levels: ['p', 'q'] } as const
const features: Table = { rowCount: 3, columns: [numbers, categories] }

t.test('the same rows have the same digest, however they came', async (t) => {
  const digest = dataDigest(features, labels)
  t.match(digest, /^[0-9a-f]{64}$/)
  const odd = Float64Array.of(-0, 0, 2)
  new Uint32Array(odd.buffer)[3] = 0x7ff8_0001
  const same: Table = {
    rowCount: 3,
    columns: [
      { ...categories, codes: Int32Array.of(1, -1, 2), levels: ['a', 'p', 'q', 'z'] },
      { ...numbers, values: odd },
    ],
  }
  t.equal(dataDigest(same, labels), digest, 'in another order, with levels that no row has, −0 and another NaN')
})

t.test('other rows have another digest', async (t) => {
  const digest = dataDigest(features, labels)
  const others: [Table, Table][] = [
    [{ rowCount: 3, columns: [{ ...numbers, values: Float64Array.of(0, Number.NaN, 3) }, categories] }, labels],
    [{ rowCount: 3, columns: [{ ...numbers, name: 'm' }, categories] }, labels],
    [{ rowCount: 3, columns: [numbers, { ...categories, levels: ['p', 'r'] }] }, labels],
    [{ rowCount: 3, columns: [numbers, { ...categories, codes: Int32Array.of(1, -1, 0) }] }, labels],
    [features, { ...labels, columns: [] }],
    [
      { ...features, columns: [numbers, categories, ...labels.columns] },
      { ...labels, columns: [] },
    ],
  ]
  const digests = others.map(([one, other]) => dataDigest(one, other))
  t.equal(new Set([digest, ...digests]).size, others.length + 1)
})
