// What is said of values that come from callers: little, of however much.
import t from 'tap'
import { FaultList } from './faults.ts'
import { clipped, shown } from './shown.ts'

t.test('a value is shown as the beginning of its JSON', async (t) => {
  t.equal(shown('a"b'), '"a\\"b"')
  t.equal(shown([1, 'x', null]), '[1,"x",null]')
  t.equal(shown(undefined), 'nothing')
  for (const length of [57, 58, 59, 60, 61, 1e6]) {
    t.equal(shown('\u{1f600}x'.repeat(length)), JSON.stringify('\u{1f600}x'.repeat(length)).slice(0, 60))
  }
})

t.test('what is nested deeper than it can be written is said to be so', async (t) => {
  let list: unknown = []
  let object: unknown = {}
  for (let i = 0; i < 1e5; i++) [list, object] = [[list], { a: object }]
  t.equal(shown(list), 'a list, nested too deep')
  t.equal(shown(object), 'an object, nested too deep')
})

t.test(
  'a long text is cut before its JSON is made: the JSON of this one would be longer than a string can be',
  async (t) => {
    t.equal(shown('"'.repeat(2 ** 28)), JSON.stringify('"'.repeat(60)).slice(0, 60))
  },
)

t.test('a cut leaves whole characters', async (t) => {
  t.equal(clipped('abc', 3), 'abc')
  t.equal(clipped('abcd', 3), 'ab…')
  t.equal(clipped('a\u{1f600}cd', 3), 'a\ufffd…')
})

t.test('listed faults are short, whatever they name', async (t) => {
  const faults = new FaultList()
  const fault = { in: 'features', row: 0, column: 'a', detail: 'missing' } as const
  faults.add(fault)
  faults.add({ in: 'features', column: 'c'.repeat(1e6), detail: 'd'.repeat(1e6) })
  faults.add({ in: 'query', parameter: 'p'.repeat(1e6), detail: 'unknown' })
  t.same(faults.listed[0], fault)
  t.ok(JSON.stringify(faults.listed).length < 3000)
})
