import { readFile } from 'node:fs/promises'
import t from 'tap'
import { armAt, assign, bucketOf, drawnShares, rangesOf } from './assign.ts'

interface Golden {
  readonly seed: string
  readonly keys: readonly { key: string; bucket: number }[]
  readonly hashes: readonly { seed: string; value: string; hash: number }[]
  readonly splits: readonly { shares: number[]; ranges: [number, number][]; arms: number[] }[]
}

const text = await readFile(new URL('../../test/golden/assignments.json', import.meta.url), 'utf8')
const golden: Golden = JSON.parse(text)

t.test('a key falls where the GrowthBook SDK puts it, letters outside ASCII too', async (t) => {
  for (const { key, bucket } of golden.keys) t.equal(bucketOf(golden.seed, key), bucket, JSON.stringify(key))
  for (const { seed, value, hash } of golden.hashes) t.equal(bucketOf(seed, value), hash, `${seed} ${value}`)
})

t.test('ranges and arms are those of the GrowthBook SDK', async (t) => {
  for (const { shares, ranges, arms } of golden.splits) {
    const found = rangesOf(shares)
    for (const [arm, [start, end]] of ranges.entries()) {
      t.ok(Math.abs((found[arm]?.[0] ?? 9) - start) < 1e-12, `start of arm ${arm} of ${shares}`)
      t.ok(Math.abs((found[arm]?.[1] ?? 9) - end) < 1e-12, `end of arm ${arm} of ${shares}`)
    }
    const given = golden.keys.map(({ key }) => assign({ seed: golden.seed, shares }, key) ?? -1)
    t.strictSame(given, arms, `arms of ${shares}`)
  }
})

t.test('shares are drawn in whole buckets, and what is drawn is told', async (t) => {
  for (const shares of [
    [0.5, 0.5],
    [0.1, 0.2, 0.7],
    [1 / 3, 1 / 3, 1 / 3],
    [0.00015, 0.9],
    [0.0001, 0.3333],
    [0.29, 0.00037],
  ]) {
    const ranges = rangesOf(shares)
    const counts = shares.map(() => 0)
    for (let n = 0; n < 10_000; n++) {
      const arm = armAt(ranges, n / 10_000)
      if (arm !== undefined) counts[arm] = (counts[arm] ?? 0) + 1
    }
    t.same(
      drawnShares(shares),
      counts.map((count) => count / 10_000),
      `${shares}`,
    )
  }
  t.same(drawnShares([0.00015, 0.9]), [0.0002, 0.9], 'a third more than was said')
})

t.test('whoever enrols more keys moves nobody to another arm', async (t) => {
  const seed = '0d4cf0a2-6a53-4be5-93b5-3f2a9b0d3c11'
  for (let user = 0; user < 2_000; user++) {
    const few = assign({ seed, shares: [0.06, 0.04] }, `user-${user}`)
    const many = assign({ seed, shares: [0.6, 0.4] }, `user-${user}`)
    if (few !== undefined && few !== many) t.fail(`user-${user} moved from ${few} to ${many}`)
  }
})

t.test('every key has an arm where the shares add up to 1, whatever the rounding', async (t) => {
  for (const shares of [[0.7, 0.1, 0.2], Array<number>(3).fill(1 / 3), Array<number>(10).fill(0.1), [0.9, 0.1], [1]]) {
    const ranges = rangesOf(shares)
    t.equal(ranges[0]?.[0], 0)
    t.equal(ranges.at(-1)?.[1], 1)
    for (let arm = 1; arm < ranges.length; arm++) t.equal(ranges[arm]?.[0], ranges[arm - 1]?.[1], `${shares}`)
  }
})

t.test('an arm without a share gets no key', async (t) => {
  for (let user = 0; user < 500; user++) t.equal(assign({ seed: 's', shares: [1, 0] }, String(user)), 0)
})

t.test('a share is about what the keys get', async (t) => {
  const counts = [0, 0, 0]
  for (let user = 0; user < 20_000; user++) {
    const arm = assign({ seed: 'a phase', shares: [0.4, 0.2, 0.1] }, `user-${user}`)
    if (arm !== undefined) counts[arm] = (counts[arm] ?? 0) + 1
  }
  // Four standard deviations.
  for (const [arm, share] of [0.4, 0.2, 0.1].entries()) {
    const spread = 4 * Math.sqrt(20_000 * share * (1 - share))
    t.ok(Math.abs((counts[arm] ?? 0) - 20_000 * share) < spread, `${counts[arm]} of arm ${arm}`)
  }
})
