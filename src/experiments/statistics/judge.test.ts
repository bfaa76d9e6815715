import t from 'tap'
import {
  classesOf,
  countsOf,
  pairsOf,
  phaseOf,
  planOf,
  shadowCounts,
  splitCounts,
  unitsOf,
} from '../../../test/support/experiment-counts.ts'
import { judge } from './judge.ts'

const running = { assignmentEnded: false, labelsAwaited: false }
const over = { assignmentEnded: true, labelsAwaited: true }

t.test('a better challenger wins, a worse one leaves the control, an equal one goes on', async (t) => {
  const outcomeOf = (b: readonly [number, number]) => judge(planOf(), splitCounts([[4500, 500], b]), running).decision
  t.match(outcomeOf([4700, 300]), { outcome: 'winner', winner: 1 })
  t.match(outcomeOf([4300, 700]), { outcome: 'keep_control', winner: 0 })
  t.equal(outcomeOf([4510, 490]), undefined)
})

t.test('a decision tells why, with the names of arms', async (t) => {
  const { decision } = judge(planOf({ mode: 'shadow' }), shadowCounts(1700, 120, 62, 118), running)
  t.equal(
    decision?.reason,
    '"b" is better than "a" in accuracy: 0.909 against 0.881; of 180 rows where they differ "b" was right in 118.',
  )
})

t.test('pairs decide with rows that a split could not decide with', async (t) => {
  t.equal(judge(planOf({ mode: 'shadow' }), shadowCounts(1700, 120, 62, 118), running).decision?.outcome, 'winner')
  t.equal(
    judge(
      planOf(),
      splitCounts([
        [1762, 238],
        [1818, 182],
      ]),
      running,
    ).decision,
    undefined,
  )
})

t.test('rows are not compared where what is true depends on what was answered', async (t) => {
  const plan = planOf({ mode: 'split+shadow', outcomeDependsOnServing: true })
  const phase = phaseOf({
    units: [unitsOf(1000), unitsOf(1000)],
    tallies: [classesOf(900, 100), classesOf(900, 100)],
    pairs: [undefined, pairsOf(1500, 100, 50, 350)],
  })
  const { metrics, decision } = judge(plan, countsOf([phase]), running)
  t.match(metrics, [{ isPaired: false, method: 'binomial_e_process', controlUnits: 1000 }])
  t.equal(decision, undefined)

  const alone = judge(planOf({ mode: 'shadow', outcomeDependsOnServing: true }), shadowCounts(900, 50, 10, 90), running)
  t.match(alone.warnings, [{ code: 'nothing_to_compare' }])
  t.match(alone.metrics, [{ state: 'insufficient_data' }])
})

t.test('nothing is won before each arm has the sample that was asked for', async (t) => {
  const plan = planOf({ minSampleSize: 2000 })
  const few = judge(
    plan,
    splitCounts([
      [1000, 1000],
      [1700, 299],
    ]),
    running,
  )
  t.equal(few.metrics[0]?.verdict, 'wins')
  t.equal(few.decision, undefined)
  t.strictSame(few.sample, { needed: 2000, reached: 1999 })
  t.equal(
    judge(
      plan,
      splitCounts([
        [1000, 1000],
        [1700, 300],
      ]),
      running,
    ).decision?.outcome,
    'winner',
  )
})

t.test('a broken split comes before all else, then a guardrail, then the metrics', async (t) => {
  const counts = splitCounts([
    [4500, 500],
    [4700, 300],
  ])
  const [phase] = counts.phases
  const failing = [unitsOf(5000), unitsOf(5000, { failed: 40 })]
  const stopped = judge(planOf(), countsOf([{ ...phase!, units: failing }]), running)
  t.equal(stopped.decision?.outcome, 'guardrail_stop')
  t.match(stopped.decision?.reason, '40 units failed in "b" and 0 in "a"')
  const unequal = [unitsOf(5000), unitsOf(6000, { failed: 40, labelled: 5000 })]
  const invalid = judge(planOf(), countsOf([{ ...phase!, units: unequal }]), over)
  t.equal(invalid.decision?.outcome, 'invalid')
  t.match(invalid.decision?.reason, '"a" 45.5 % instead of 50.0 %, "b" 54.5 % instead of 50.0 %')
})

t.test('guardrails are looked at from the first request, and share the level', async (t) => {
  const latency = { kind: 'latency', toleratedRatio: 1, budgetMs: 50 } as const
  const phase = phaseOf({ units: [unitsOf(20, { labelled: 0 }), unitsOf(20, { labelled: 0, slow: 14 })] })
  const one = judge(planOf({ guardrails: [latency] }), countsOf([phase]), running)
  t.equal(one.decision?.outcome, 'guardrail_stop')
  t.equal(one.guardrails[0]?.threshold, 20)
  const plan = planOf({ guardrails: [{ kind: 'errors', toleratedRatio: 1 }, latency] })
  const two = judge(plan, countsOf([phase]), running)
  t.strictSame(
    two.guardrails.map(({ kind, threshold, state }) => [kind, threshold, state]),
    [
      ['errors', 40, 'insufficient_data'],
      ['latency', 40, 'ok'],
    ],
  )
})

t.test('a tolerated ratio is tolerated', async (t) => {
  const phase = phaseOf({ units: [unitsOf(5000, { failed: 50 }), unitsOf(5000, { failed: 110 })] })
  const stopsAt = (toleratedRatio: number) =>
    judge(planOf({ guardrails: [{ kind: 'errors', toleratedRatio }] }), countsOf([phase]), running).decision?.outcome
  t.equal(stopsAt(1), 'guardrail_stop')
  t.equal(stopsAt(2), undefined)
})

t.test('a challenger that wins the first metric and loses another one does not win', async (t) => {
  const plan = planOf({ successMetrics: ['accuracy', 'f1_macro'] })
  // The control finds both classes; the challenger says the frequent one more often.
  const control = [
    [0, 0, 8000],
    [1, 0, 1000],
    [1, 1, 900],
    [0, 1, 100],
  ] as const
  const treatment = [
    [0, 0, 8950],
    [1, 0, 50],
    [1, 1, 300],
    [0, 1, 700],
  ] as const
  const phase = phaseOf({
    units: [unitsOf(10_000), unitsOf(10_000)],
    tallies: [control, treatment].map((cells) => ({ kind: 'classes' as const, cells })),
  })
  const { decision, metrics, warnings } = judge(plan, countsOf([phase]), running)
  t.strictSame(
    metrics.map(({ verdict }) => verdict),
    ['wins', 'loses'],
  )
  t.equal(decision, undefined)
  t.match(warnings, [{ code: 'success_metric_loses', detail: /f1_macro of "b"/ }])
  t.equal(judge(planOf(), countsOf([phase]), running).decision?.outcome, 'winner')
})

t.test('arms are equivalent once the interval lies inside the margin', async (t) => {
  const counts = splitCounts([
    [18_000, 2000],
    [18_010, 1990],
  ])
  const at = (equivalenceMargin: number | null) => judge(planOf({ equivalenceMargin }), counts, running)
  const { metrics, equivalence, decision } = at(0.02)
  const [low, high] = metrics[0]?.interval ?? [Number.NaN, Number.NaN]
  t.ok(low > -0.02 && high < 0.02)
  t.strictSame(equivalence, { margin: 0.02, isReached: true })
  t.match(decision, { outcome: 'equivalent', winner: null })
  t.strictSame(at(0.005).equivalence, { margin: 0.005, isReached: false })
  t.equal(at(0.005).decision, undefined)
  t.equal(at(null).equivalence, undefined)
})

t.test('arms that always answer alike are equivalent, though their differences do not spread', async (t) => {
  const plan = planOf({ mode: 'shadow', equivalenceMargin: 0.01 })
  const { metrics, decision } = judge(plan, shadowCounts(2700, 300, 0, 0), running)
  t.match(metrics, [{ state: 'insufficient_data', intervalMethod: 'exact_sequence', difference: 0 }])
  t.equal(decision?.outcome, 'equivalent')
})

t.test('the end of its time ends an experiment only once outcomes have been waited for', async (t) => {
  const counts = splitCounts([
    [900, 100],
    [905, 95],
  ])
  t.equal(judge(planOf(), counts, { assignmentEnded: true, labelsAwaited: false }).decision, undefined)
  t.match(judge(planOf(), counts, over).decision, { outcome: 'no_decision', winner: null })
  t.match(judge(planOf({ minSampleSize: 5000 }), counts, over).decision?.reason, '1000 units instead of 5000')
  // The last look still decides.
  t.equal(
    judge(
      planOf(),
      splitCounts([
        [4500, 500],
        [4700, 300],
      ]),
      over,
    ).decision?.outcome,
    'winner',
  )
})

t.test('of several challengers the best winner wins, at a level that is divided among them', async (t) => {
  const plan = planOf({}, ['a', 'b', 'c'])
  const { decision, metrics } = judge(
    plan,
    splitCounts([
      [4400, 600],
      [4650, 350],
      [4750, 250],
    ]),
    running,
  )
  t.match(decision, { outcome: 'winner', winner: 2 })
  t.strictSame(
    metrics.map(({ arm, threshold }) => [arm, threshold]),
    [
      [1, 40],
      [2, 40],
    ],
  )
  const one = judge(
    plan,
    splitCounts([
      [4500, 500],
      [4300, 700],
      [4500, 500],
    ]),
    running,
  )
  t.equal(one.decision, undefined, 'one that lost does not end it')
  t.equal(
    judge(
      plan,
      splitCounts([
        [4500, 500],
        [4300, 700],
        [4250, 750],
      ]),
      running,
    ).decision?.outcome,
    'keep_control',
  )
})

t.test('numbers are compared by their errors, and smaller ones are better', async (t) => {
  const numbers = (count: number, scale: number) => ({
    ...{ kind: 'numbers' as const, count, absolute: 0.8 * scale * count },
    ...{ squares: scale ** 2 * count, fourths: 3 * scale ** 4 * count },
  })
  const phase = phaseOf({
    units: [unitsOf(3000), unitsOf(3000)],
    tallies: [numbers(3000, 1), numbers(3000, 0.8)],
  })
  const metricsOf = (a: 'mean_absolute_error' | 'mean_squared_error') =>
    judge(planOf({ successMetrics: [a] }), countsOf([phase]), running)
  for (const metric of ['mean_absolute_error', 'mean_squared_error'] as const) {
    const { decision, metrics } = metricsOf(metric)
    t.match(metrics, [{ metric, verdict: 'wins', method: 'asymptotic_sequence', state: 'ok' }])
    t.equal(decision?.outcome, 'winner')
  }
})

t.test('errors of pairs are compared row by row', async (t) => {
  const pairs = {
    ...{ kind: 'numbers' as const, count: 1500 },
    ...{ absolute: -75, absoluteSquares: 60, squares: -150, squareSquares: 400 },
  }
  const numbers = { kind: 'numbers' as const, count: 1500, absolute: 1200, squares: 1500, fourths: 4500 }
  const phase = phaseOf({
    units: [unitsOf(1500), unitsOf(0)],
    tallies: [numbers, { ...numbers, count: 0, absolute: 0, squares: 0, fourths: 0 }],
    pairs: [undefined, pairs],
  })
  const plan = planOf({ mode: 'shadow', successMetrics: ['mean_absolute_error', 'mean_squared_error'] })
  const { metrics, decision } = judge(plan, countsOf([phase]), running)
  t.match(metrics, [
    { control: 0.8, treatment: 0.75, difference: -0.05, verdict: 'wins', isPaired: true, controlUnits: 1500 },
    { control: 1, treatment: 0.9, difference: -0.1, verdict: 'wins' },
  ])
  t.equal(decision?.outcome, 'winner')
})

t.test('phases of the same split count together, and those of different splits multiply', async (t) => {
  const phase = (n: number, shares: readonly number[], a: number, b: number) =>
    phaseOf({
      ...{ phase: n, shares, units: [unitsOf(a), unitsOf(b)] },
      tallies: [classesOf(0.9 * a, 0.1 * a), classesOf(0.94 * b, 0.06 * b)],
    })
  const lnEOf = (...phases: ReturnType<typeof phase>[]) =>
    judge(planOf(), countsOf(phases), running).metrics[0]?.lnE ?? Number.NaN
  const whole = lnEOf(phase(1, [0.5, 0.5], 4000, 4000))
  const halves = lnEOf(phase(1, [0.05, 0.05], 2000, 2000), phase(2, [0.5, 0.5], 2000, 2000))
  t.ok(Math.abs(whole - halves) < 1e-9)
  const [first, second] = [phase(1, [0.9, 0.1], 3600, 400), phase(2, [0.5, 0.5], 2000, 2000)]
  t.ok(Math.abs(lnEOf(first, second) - lnEOf(first) - lnEOf(second)) < 1e-9)
})

t.test('a change of shares on a harder day makes no difference between equal arms', async (t) => {
  const easy = phaseOf({
    ...{ shares: [0.9, 0.1], units: [unitsOf(9000), unitsOf(1000)] },
    tallies: [classesOf(8550, 450), classesOf(950, 50)],
  })
  const hard = phaseOf({
    ...{ phase: 2, units: [unitsOf(5000), unitsOf(5000)] },
    tallies: [classesOf(3500, 1500), classesOf(3500, 1500)],
  })
  const { metrics, decision } = judge(planOf(), countsOf([easy, hard]), running)
  const [metric] = metrics
  t.ok((metric?.control ?? 0) - (metric?.treatment ?? 1) > 0.1, 'all rows together would tell a difference')
  t.ok(Math.abs(metric?.difference ?? 1) < 1e-12)
  t.equal(metric?.verdict, null)
  t.equal(decision, undefined)
})
