import t from 'tap'
import { TokenBuckets } from './token-buckets.ts'

t.test('lets a burst through, and then as many as the rate says', async (t) => {
  let now = 0
  const buckets = new TokenBuckets({ perSecond: 4, burst: 3, keysMax: 10 }, () => now)
  t.same(
    [1, 2, 3].map(() => buckets.take('a')),
    [0, 0, 0],
  )
  t.equal(buckets.take('a'), 250)
  t.equal(buckets.waitMs('a'), 250, 'what was refused took nothing')
  t.equal(buckets.take('b'), 0, 'another key has a bucket of its own')
  now = 249
  t.equal(buckets.take('a'), 1)
  now = 250
  t.equal(buckets.waitMs('a'), 0)
  t.equal(buckets.take('a'), 0)
  t.equal(buckets.take('a'), 250)
  now = 1e9
  t.same(
    [1, 2, 3].map(() => buckets.take('a')),
    [0, 0, 0],
    'and no more than the burst after a pause',
  )
  t.ok(buckets.take('a') > 0)
})

t.test('in the long run no more than the rate passes, whatever the pattern', async (t) => {
  let now = 0
  for (const { perSecond, burst } of [
    { perSecond: 3, burst: 1 },
    { perSecond: 7, burst: 20 },
    { perSecond: 1 / 3, burst: 5 },
  ]) {
    const buckets = new TokenBuckets({ perSecond, burst, keysMax: 1 }, () => now)
    const start = now
    let passed = 0
    for (let i = 0; i < 60_000; i++) {
      now += 1 + (i % 7)
      if (buckets.take('a') === 0) passed += 1
    }
    const most = burst + ((now - start) / 1000) * perSecond
    t.ok(passed <= most + 1e-6, `${perSecond}, ${burst}: ${passed} of ${most}`)
    // An attempt comes up to 7 ms after the bucket has one.
    t.ok(passed >= 0.95 * most - 1, `${perSecond}, ${burst}: ${passed} of ${most}`)
  }
})

t.test('remembers so many keys, those that came last', async (t) => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1, keysMax: 2 }, () => 0)
  for (const key of ['a', 'b']) buckets.take(key)
  t.ok(buckets.waitMs('a') > 0)
  buckets.take('c')
  t.same(['a', 'b', 'c'].map((key) => buckets.waitMs(key) > 0).filter(Boolean).length, 2)
})
