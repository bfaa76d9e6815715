import t from 'tap'
import { buildTable } from '../../test/support/build-table.ts'
import { FaultList } from '../model/faults.ts'
import { holdOut } from './hold-out.ts'

const rowCount = 200
const tableOf = (of: (i: number) => object) =>
  buildTable(
    Array.from({ length: rowCount }, (_, i) => of(i)),
    'features',
    new FaultList(),
  )
const features = tableOf((i) => ({ a: i }))
const labels = tableOf((i) => ({ y: i % 10 === 0 ? 'rare' : 'common' }))

t.test('the held-out rows depend on the rows and the split seed alone', async (t) => {
  const split = (seed: object, of = features) => [
    ...(holdOut({ run: { validationSplit: 0.2, ...seed }, features: of, labels }, 'classifier')?.validation ?? []),
  ]
  const first = split({})
  t.equal(first.length, 40)
  t.equal(first.filter((row) => row % 10 === 0).length, 4, 'classes keep their proportions')
  t.same(split({ splitSeed: 0 }), first, 'a spooled run of before has the default')
  t.same(
    split(
      {},
      tableOf((i) => ({ a: i, more: -i })),
    ),
    first,
    'another column moves nothing',
  )
  t.notSame(split({ splitSeed: 1 }), first)
  t.notSame(split({ splitSeed: 2 ** 32 - 1 }), split({ splitSeed: 2 ** 31 }))
})
