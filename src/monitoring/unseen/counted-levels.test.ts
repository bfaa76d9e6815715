import t from 'tap'
import { CountedLevels } from './counted-levels.ts'

t.test('adds levels by column, the most frequent first', async (t) => {
  const counted = new CountedLevels()
  const [a, b] = ['a', 'b'].map((column) => ({ column, levels: [['x', 2] as const, ['y', 3] as const] }))
  counted.add([a, b] as NonNullable<typeof a>[])
  counted.add([{ column: 'a', levels: [['x', 2]] }])
  t.same(
    [...counted.top(1)],
    [
      ['a', [['x', 4]]],
      ['b', [['y', 3]]],
    ],
  )
})

t.test('of more levels than it keeps the frequent ones stay, with all their rows', async (t) => {
  const counted = new CountedLevels()
  for (let i = 0; i < 20_000; i++) {
    counted.add([
      {
        column: 'a',
        levels: [
          [`id ${i}`, 1],
          ['often', 2],
        ],
      },
    ])
  }
  const levels = counted.top(20_000).get('a') ?? []
  t.same(levels[0], ['often', 40_000])
  t.ok(levels.length < 2_000)
  t.ok(levels.slice(1).every(([, count]) => count === 1))
})
