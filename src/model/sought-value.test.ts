import t from 'tap'
import { isSameValue, mentionsOf } from './sought-value.ts'

t.test('a cell holds a value in whatever type it came', async (t) => {
  for (const [level, value] of [
    ['anna@example.org', 'anna@example.org'],
    [17, 17],
    [17, '17'],
    ['17', 17],
    [0.5, '.5'],
    [-0, 0],
    [true, 'true'],
    ['', ''],
  ] as const) {
    t.ok(isSameValue(level, value), JSON.stringify([level, value]))
  }
  for (const [level, value] of [
    ['anna', 'Anna'],
    ['017', '17'],
    ['017', 17],
    [17, ''],
    [0, ' '],
    [1, true],
    [17, '17a'],
    [17, '0x11'],
  ] as const) {
    t.notOk(isSameValue(level, value), JSON.stringify([level, value]))
  }
})

t.test('a text has a value in it as a word of its own, however it is quoted', async (t) => {
  const found = (value: string | number, text: string) => mentionsOf(value)?.(text)
  for (const [value, text] of [
    ['anna', 'the level "Anna" is new'],
    ['anna', 'user_anna'],
    ['4711', 'row 4711.'],
    [4711, '{"id":4711}'],
    ['o"brien', JSON.stringify({ name: 'o"brien' })],
    ['a+b (c)?', 'is a+b (c)? here'],
    ['tab\tand', JSON.stringify('tab\tand')],
    ['Ünal', 'für Ünal'],
    ['李明', 'name: 李明'],
    ['+49 170', 'call+49 170 now'],
    ['x'.repeat(100), `"${'x'.repeat(60)}`],
  ] as const) {
    t.equal(found(value, text), true, JSON.stringify([value, text]))
  }
  for (const [value, text] of [
    ['anna', 'joanna'],
    ['anna', 'annabel'],
    ['4711', '47110'],
    ['ann', 'änna'],
    ['a.c0', 'abc0'],
  ] as const) {
    t.equal(found(value, text), false, JSON.stringify([value, text]))
  }
})

t.test('what would be found in every text is not looked for', async (t) => {
  for (const value of [true, false, 1, 12, 999, '', 'a', '12', '--'] as const) {
    t.equal(mentionsOf(value), undefined, JSON.stringify(value))
  }
  for (const value of [1000, 'Li', '0012'] as const) t.ok(mentionsOf(value), JSON.stringify(value))
})
