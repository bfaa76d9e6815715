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

t.test('numbers that share a bucket of a Map are as fast as others', async (t) => {
  const chosen = numbersInOneBucket(20_000)
  const others = chosen.map((number) => number + 0.5)
  const secondsFor = (
    numbers: readonly number[],
    codes: { add(number: number): void; get(number: number): unknown },
  ): number => {
    const before = process.threadCpuUsage()
    for (const number of numbers) if ((codes.get(number) as number) < 0) codes.add(number)
    return process.threadCpuUsage(before).user / 1000
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[1] as number
  const times = (numbers: readonly number[]): number =>
    median([1, 2, 3].map(() => secondsFor(numbers, new LevelCodes())))
  times(others)
  // A Map takes some 400 times as long for them.
  t.ok(times(chosen) < 20 * times(others) + 5)
})

t.test('level codes know numbers, texts and booleans apart', async (t) => {
  const codes = new LevelCodes()
  const levels = [1, '1', true, 'true', 0, '', false]
  for (const [i, level] of levels.entries()) t.equal(codes.add(level), i)
  for (const [i, level] of levels.entries()) t.equal(codes.get(level), i)
  for (const absent of [2, '2', null, undefined, {}]) t.equal(codes.get(absent), -1)
  t.same(codes.types, ['number', 'string', 'boolean'])
})
