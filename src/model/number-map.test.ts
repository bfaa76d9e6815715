import t from 'tap'
import { numbersInOneBucket } from '../../test/support/hash-collisions.ts'
import { LevelCodes } from './level-codes.ts'
import { NumberMap } from './number-map.ts'

t.test('gives what a Map gives', async (t) => {
  const numbers = [
    0,
    -0,
    1,
    -1,
    2 ** 31,
    2 ** 53,
    5e-324,
    Number.MAX_VALUE,
    0.1,
    ...Array.from({ length: 500 }, (_, i) => i ** 3),
  ]
  const map = new NumberMap()
  const expected = new Map<number, number>()
  numbers.forEach((number, i) => {
    map.set(number, i)
    expected.set(number, i)
  })
  t.equal(map.size, expected.size)
  for (const [number, code] of expected) t.equal(map.get(number), code)
  t.equal(map.get(-0), map.get(0))
  for (const absent of [7.5, -2, Number.POSITIVE_INFINITY, Number.NaN]) t.equal(map.get(absent), -1)
})

t.test('numbers that share a bucket of a Map collide no more than others', async (t) => {
  const map = new NumberMap()
  t.equal(map.meanDisplacement, 0)
  for (const [code, number] of numbersInOneBucket(20_000).entries()) map.set(number, code)
  t.equal(map.size, 20_000)
  // Half full at the most, half a place is expected (Knuth 1963). In one bucket it would be some 10,000.
  t.ok(map.meanDisplacement < 5, String(map.meanDisplacement))
})

t.test('level codes know numbers, texts and booleans apart', async (t) => {
  const codes = new LevelCodes()
  const levels = [1, '1', true, 'true', 0, '', false]
  for (const [i, level] of levels.entries()) t.equal(codes.add(level), i)
  for (const [i, level] of levels.entries()) t.equal(codes.get(level), i)
  for (const absent of [2, '2', null, undefined, {}]) t.equal(codes.get(absent), -1)
  t.same(codes.types, ['number', 'string', 'boolean'])
})
