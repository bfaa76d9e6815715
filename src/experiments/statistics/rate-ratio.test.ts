import t from 'tap'
import { bernoulliSequence } from './bernoulli-sequence.ts'
import { lnEOfPhases } from './phase-evidence.ts'
import { rateRatio } from './rate-ratio.ts'

t.test('of one phase it is the odds of the share, and so are its bounds', async (t) => {
  for (const [successes, failures, share] of [
    [44, 20, 0.5],
    [15, 20, 0.1],
    [3, 400, 0.05],
  ] as const) {
    const found = rateRatio([{ successes, failures, share }], 0.05, 100)
    const ratioOf = (theta: number) => (theta * (1 - share)) / ((1 - theta) * share)
    const [low, high] = bernoulliSequence({ successes, failures }, 0.05, 100)
    t.ok(Math.abs((found?.ratio ?? 0) / ratioOf(successes / (successes + failures)) - 1) < 1e-12)
    t.ok(Math.abs((found?.interval[0] ?? 0) / ratioOf(low) - 1) < 1e-9)
    t.ok(Math.abs((found?.interval[1] ?? 0) / ratioOf(high) - 1) < 1e-9)
  }
})

t.test('an arm without an event has an open end, and both without one have nothing', async (t) => {
  t.match(rateRatio([{ successes: 9, failures: 0, share: 0.5 }], 0.05, 100), { ratio: null, interval: [Number, null] })
  t.match(rateRatio([{ successes: 0, failures: 9, share: 0.5 }], 0.05, 100), { ratio: 0, interval: [0, Number] })
  t.equal(rateRatio([{ successes: 0, failures: 0, share: 0.5 }], 0.05, 100), undefined)
  t.equal(rateRatio([], 0.05, 100), undefined)
})

t.test('phases that contradict each other leave no ratio', async (t) => {
  const phases = [
    { successes: 500, failures: 1, share: 0.5 },
    { successes: 1, failures: 500, share: 0.4 },
  ]
  t.equal(rateRatio(phases, 0.05, 100), undefined)
})

t.test('a ratio at the end of its bounds has just the evidence that rejects it', async (t) => {
  const phases = [
    { successes: 40, failures: 30, share: 0.5 },
    { successes: 12, failures: 50, share: 0.2 },
  ]
  const test = { alpha: 0.05, sharpestAt: 100, side: 'two-sided' } as const
  const found = rateRatio(phases, 0.05, 100)
  for (const end of found?.interval ?? []) {
    t.ok(Math.abs(lnEOfPhases(phases, test, end ?? Number.NaN) - Math.log(20)) < 1e-9)
  }
  t.ok(found !== undefined && found.ratio !== null && found.ratio > found.interval[0])
})
