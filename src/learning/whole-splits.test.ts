import t from 'tap'
import { DataError } from './errors.ts'
import { Random } from './random.ts'
import type { Split } from './stratified-split.ts'
import { groupSplit, latestSplit } from './whole-splits.ts'

const rowsOf = ({ training, validation }: Split): number[] => [...training, ...validation].sort((a, b) => a - b)

t.test('the latest rows are held out, in whatever order they come', async (t) => {
  const times = Float64Array.from({ length: 101 }, (_, i) => (i * 37) % 101)
  const split = latestSplit(times, 0.2)
  t.same(rowsOf(split), [...times.keys()])
  // As train_test_split(shuffle=False) of sorted rows: ⌈0.2 · 101⌉ of them.
  t.equal(split.validation.length, 21)
  t.ok(split.validation.every((row) => (times[row] as number) >= 80))
})

t.test('rows of one time stay together, and one side is never empty', async (t) => {
  const held = (times: number[], fraction: number) => [...latestSplit(Float64Array.from(times), fraction).validation]
  t.same(held([1, 1, 1, 2, 2, 3], 0.3), [3, 4, 5], 'two wanted: one and three are as near')
  t.same(held([1, 1, 1, 2, 2, 3], 0.1), [5])
  t.same(held([1, 2, 2, 2, 2, 2], 0.1), [1, 2, 3, 4, 5])
  t.same(held([1, 1, 1, 1, 1, 2], 0.9), [5])
  t.throws(() => held([7, 7, 7], 0.5), DataError)
})

t.test('groups stay whole, near the fraction and the proportions of classes', async (t) => {
  const random = new Random(3)
  const rowCount = 3000
  const groups = Int32Array.from({ length: rowCount }, () => Math.floor(120 * random.uniform() ** 2))
  // The class leans on the group, as that of a patient's visits does.
  const codes = Int32Array.from(groups, (group) => (random.uniform() < (group % 3 === 0 ? 0.5 : 0.05) ? 1 : 0))
  const classes = { codes, classNames: ['no', 'yes'] }
  const shareOf = (rows: Int32Array): number => rows.filter((row) => codes[row] === 1).length / rows.length
  for (const fraction of [0.1, 0.2, 0.5]) {
    for (const seed of [0, 1, 2, 3, 4]) {
      const split = groupSplit(groups, 120, fraction, seed, classes)
      t.same(rowsOf(split).length, rowCount)
      const trained = new Set(Array.from(split.training, (row) => groups[row]))
      t.notOk(
        split.validation.some((row) => trained.has(groups[row])),
        `${fraction} ${seed}: no group on both sides`,
      )
      t.ok(Math.abs(split.validation.length / rowCount - fraction) < 0.03, `${fraction} ${seed}: the fraction`)
      const difference = Math.abs(shareOf(split.validation) - shareOf(split.training))
      t.ok(difference < 0.05, `${fraction} ${seed}: classes differ by ${difference}`)
      t.same(groupSplit(groups, 120, fraction, seed, classes), split, 'the same seed')
    }
  }
  t.notSame(groupSplit(groups, 120, 0.2, 0), groupSplit(groups, 120, 0.2, 1))
})

t.test('few groups, of any size', async (t) => {
  const held = (groups: number[], fraction: number) => {
    const split = groupSplit(Int32Array.from(groups), 5, fraction, 0)
    t.ok(split.training.length > 0 && split.validation.length > 0)
    return split.validation.length
  }
  t.equal(held([0, 0, 0, 0, 3, 3, 3], 0.1), 3, 'the smaller one')
  t.ok([1, 4].includes(held([0, 4, 4, 4, 4], 0.95)))
  t.throws(() => held([2, 2, 2], 0.5), DataError)
})
