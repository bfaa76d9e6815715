// What windows mean to an alert, by hand.
import t from 'tap'
import { type JudgedWindow, type Judgement, judge, judgeMeasured, type Standing } from './judge.ts'
import { DEFAULT_RULES } from './rule.ts'
import type { Severity } from './signals.ts'

const rule = { ...DEFAULT_RULES.drift, severityMin: 'medium', resolveBelow: 'low' } as const
const good: JudgedWindow = { verdict: 'good', severity: null }
const bad = (severity: Severity | null): JudgedWindow => ({ verdict: 'bad', severity })
const [l, m, h] = (['low', 'medium', 'high'] as const).map(bad) as [JudgedWindow, JudgedWindow, JudgedWindow]
const standing = (state: Standing['state'], isCooling = false): Standing => ({ state, isCooling })

/** The oldest window first, as they come. */
const over = (windows: readonly JudgedWindow[], given: Partial<typeof rule>, state: Standing): Judgement =>
  judge({ ...rule, ...given }, windows.toReversed(), state)

t.test('an alert fires when m of the last n windows are bad, and waits before that', async (t) => {
  const twoOfThree = { badWindows: 2, ofWindows: 3 }
  const none = standing('none')
  t.same(over([], twoOfThree, none), { step: 'none' })
  t.same(over([good], twoOfThree, none), { step: 'none' })
  t.same(over([m], twoOfThree, none), { step: 'pend', severity: 'medium' })
  t.same(over([m, good], twoOfThree, standing('pending')), { step: 'pend', severity: 'medium' })
  t.same(over([m, good, h], twoOfThree, standing('pending')), { step: 'fire', severity: 'high' })
  t.same(over([m, good, good, h], twoOfThree, standing('pending')), { step: 'pend', severity: 'high' })
  t.same(over([m, good, good, good], twoOfThree, standing('pending')), { step: 'resolve' })
  t.same(over([m], {}, none), { step: 'fire', severity: 'medium' }, 'one of one')
})

t.test('a window below the severity of the rule counts neither way unless it is below the other limit', async (t) => {
  const firing = standing('firing')
  t.same(over([l], {}, standing('none')), { step: 'none' })
  t.same(over([m, l, l, l], { goodWindows: 2 }, firing), { step: 'none' })
  t.same(over([m, l, good], { goodWindows: 2 }, firing), { step: 'none' })
  t.same(over([m, good, good], { goodWindows: 2 }, firing), { step: 'resolve' })
  t.same(over([m, l, l], { goodWindows: 2, resolveBelow: 'medium' as never }, firing), { step: 'resolve' })
})

t.test('a firing alert goes on with each bad window, and resolves after k good ones in a row', async (t) => {
  const firing = standing('firing')
  t.same(over([m, h], {}, firing), { step: 'fire', severity: 'high' })
  t.same(over([m, good], { goodWindows: 2 }, firing), { step: 'none' })
  t.same(over([good, m, good], { goodWindows: 2 }, firing), { step: 'none' })
  t.same(over([good], { goodWindows: 2 }, firing), { step: 'none' }, 'fewer windows than it takes')
  t.same(over([bad(null)], {}, firing), { step: 'fire', severity: 'medium' }, 'a severity that was not said')
})

t.test('during the cooldown it waits', async (t) => {
  t.same(over([h], {}, standing('none', true)), { step: 'pend', severity: 'high' })
  t.same(over([h, h], {}, standing('pending', true)), { step: 'pend', severity: 'high' })
  t.same(over([h, h], {}, standing('pending')), { step: 'fire', severity: 'high' })
})

t.test('a measured value is judged by its two thresholds', async (t) => {
  const thresholds = { threshold: 0.05, resolveThreshold: 0.02 }
  const cases: [number, string, Severity | undefined][] = [
    [0, 'good', undefined],
    [0.019, 'good', undefined],
    [0.02, 'bad', 'low'],
    [0.049, 'bad', 'low'],
    [0.05, 'bad', 'medium'],
    [0.099, 'bad', 'medium'],
    [0.1, 'bad', 'high'],
    [0.2, 'bad', 'critical'],
    [1, 'bad', 'critical'],
  ]
  for (const [value, verdict, severity] of cases) {
    t.same(judgeMeasured(value, thresholds), { verdict, severity }, String(value))
  }
})
