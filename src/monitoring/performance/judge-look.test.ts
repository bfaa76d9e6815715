// When a look is bad: worse than promised, by more than chance explains, and by enough to matter.
import t from 'tap'
import { judgeCoverage, judgePerformance } from './judge-look.ts'

const metric = (value: number, half: number) => ({ value, interval: { from: value - half, to: value + half } })
const promised = (value: number, rows?: number) => ({ source: 'validation_accuracy', value, rows })
const LEVEL = 1 / 90

t.test('a share that fell by enough is bad, and the more it fell the graver', async (t) => {
  for (const [value, severity] of [
    [0.87, 'low'],
    [0.84, 'medium'],
    [0.79, 'high'],
    [0.69, 'critical'],
  ] as const) {
    t.same(judgePerformance('accuracy', metric(value, 0.01), 5_000, promised(0.9), LEVEL), { verdict: 'bad', severity })
  }
  t.match(
    judgePerformance('accuracy', metric(0.89, 0.001), 90_000, promised(0.9), LEVEL),
    { verdict: 'good' },
    'too little',
  )
  t.match(judgePerformance('accuracy', metric(0.95, 0.01), 5_000, promised(0.9), LEVEL), { verdict: 'good' })
})

t.test('what chance explains is good', async (t) => {
  const few = metric(0.85, 0.06)
  t.match(judgePerformance('accuracy', few, 140, promised(0.9), LEVEL), { verdict: 'good' })
  t.match(judgePerformance('accuracy', few, 140, promised(0.9), 0.2), { verdict: 'bad' }, 'at a laxer level it is bad')
})

t.test('a promise of few rows is uncertain itself', async (t) => {
  const found = metric(0.84, 0.03)
  t.match(judgePerformance('accuracy', found, 600, promised(0.9), LEVEL), { verdict: 'bad' })
  t.match(judgePerformance('accuracy', found, 600, promised(0.9, 60), LEVEL), { verdict: 'good' })
})

t.test('of errors the larger is the worse, as a part of what was promised', async (t) => {
  const judge = (value: number) =>
    judgePerformance('root_mean_squared_error', metric(value, 0.05), 5_000, promised(10), LEVEL)
  t.match(judge(9), { verdict: 'good' })
  t.match(judge(10.4), { verdict: 'good' })
  t.same(judge(11.5), { verdict: 'bad', severity: 'medium' })
  t.same(judge(16), { verdict: 'bad', severity: 'critical' })
})

t.test('too few rows, no interval and no promise judge nothing', async (t) => {
  const none = { verdict: 'insufficient_data', severity: undefined }
  t.same(judgePerformance('accuracy', metric(0.1, 0.01), 99, promised(0.9), LEVEL), none)
  t.same(judgePerformance('accuracy', { value: 0.1, interval: undefined }, 5_000, promised(0.9), LEVEL), none)
  t.same(judgePerformance('accuracy', metric(0.1, 0.01), 5_000, undefined, LEVEL), none)
})

t.test('coverage is compared with the looks before', async (t) => {
  t.match(judgeCoverage(0.5, [0.5, 0.6]), { verdict: 'insufficient_data' })
  t.match(judgeCoverage(0.5, [0, 0, 0]), { verdict: 'insufficient_data' }, 'nobody ever brought outcomes')
  t.match(judgeCoverage(undefined, [0.5, 0.5, 0.5]), { verdict: 'insufficient_data' })
  t.match(judgeCoverage(0.3, [0.5, 0.6, 0.1]), { verdict: 'good' })
  t.same(judgeCoverage(0.2, [0.5, 0.6, 0.5]), { verdict: 'bad', severity: 'low' })
  t.same(judgeCoverage(0, [0.5, 0.6, 0.5]), { verdict: 'bad', severity: 'high' })
})
