import t from 'tap'
import { Random } from '../learning/random.ts'
import { FrequentTexts } from './frequent-texts.ts'

t.test('counts exactly while there is a counter for each text', async (t) => {
  const texts = new FrequentTexts(3)
  for (const text of ['b', 'a', 'c', 'a']) texts.add(text)
  texts.add('b', 5)
  t.same(texts.top(2), [
    ['b', 6],
    ['a', 2],
  ])
  t.same(texts.top(9)[2], ['c', 1])
})

t.test('finds what is frequent in a flood of others, and never tells of more than came', async (t) => {
  const random = new Random(1)
  const texts = new FrequentTexts(64)
  const naive = new Map<string, number>()
  for (let i = 0; i < 50_000; i++) {
    const text = random.uniform() < 0.1 ? `often ${Math.floor(3 * random.uniform())}` : `once ${i}`
    texts.add(text)
    naive.set(text, (naive.get(text) ?? 0) + 1)
  }
  const top = texts.top(64)
  t.equal(top.length, 64)
  t.same(
    top
      .slice(0, 3)
      .map(([text]) => text)
      .sort(),
    ['often 0', 'often 1', 'often 2'],
  )
  for (const [text, count] of top) t.ok(count >= 1 && count <= (naive.get(text) ?? 0), `${text}: ${count}`)
  for (const [text, count] of top.slice(0, 3)) t.ok(count > 0.5 * (naive.get(text) as number), `${text}: ${count}`)
})

t.test('keeps what Space-Saving promises, whatever each text counts', async (t) => {
  const random = new Random(2)
  for (const capacity of [1, 2, 16]) {
    const texts = new FrequentTexts(capacity)
    const naive = new Map<string, number>()
    let all = 0
    for (let i = 0; i < 5_000; i++) {
      const text = `${Math.floor(1 / (0.01 + random.uniform()))}`
      const count = 1 + Math.floor(9 * random.uniform())
      texts.add(text, count)
      naive.set(text, (naive.get(text) ?? 0) + count)
      all += count
    }
    const told = new Map(texts.top(capacity))
    t.equal(told.size, capacity)
    for (const [text, count] of told) t.ok(count >= 1 && count <= (naive.get(text) ?? 0), `${text}: ${count}`)
    // What a counter holds too much is the least count at the most, and that is no more than all / capacity.
    for (const [text, count] of naive) {
      if (count > all / capacity)
        t.ok((told.get(text) ?? 0) >= count - all / capacity, `${text}: ${told.get(text)} of ${count}`)
    }
  }
})
