// What other tools get wrong, and users have complained of: each of these holds here. test/golden/experiments.json has their answers.
import { readFileSync } from 'node:fs'
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
import { Random } from '../../learning/random.ts'
import type { ClassTally, ExperimentCounts, NumberTally, PhaseCounts } from './counts.ts'
import { judge } from './judge.ts'

const golden = JSON.parse(readFileSync(new URL('../../../test/golden/experiments.json', import.meta.url), 'utf8'))
const running = { assignmentEnded: false, labelsAwaited: false }
const over = { assignmentEnded: true, labelsAwaited: true }

t.test('0 failures of 1000 against 50 of 1000 stop an experiment (gbstats: p = 1)', async (t) => {
  const avoided = golden.one_sided_kept.find(({ control }: { control: number[] }) => control[1] === 0)
  t.equal(avoided.p, 1)
  const phase = phaseOf({ units: [unitsOf(1000), unitsOf(1000, { failed: 50 })] })
  const { decision, guardrails } = judge(planOf(), countsOf([phase]), running)
  t.equal(decision?.outcome, 'guardrail_stop')
  const [guardrail] = guardrails
  t.ok((guardrail?.p ?? 1) < 1e-9)
  t.equal(guardrail?.rateRatio, null, 'a ratio to nothing is no number')
  t.ok((guardrail?.interval?.[0] ?? 0) > 1 && guardrail?.interval?.[1] === null)
})

t.test('0 wrong of 1000 against 50 of 1000 are told apart (gbstats: no variance, p = 1)', async (t) => {
  t.equal(golden.zero_variance[1].p, 1)
  const { metrics, decision } = judge(
    planOf(),
    splitCounts([
      [1000, 0],
      [950, 50],
    ]),
    running,
  )
  t.match(metrics, [{ state: 'ok', verdict: 'loses', control: 1, treatment: 0.95 }])
  t.equal(decision?.outcome, 'keep_control')
})

t.test('an upper bound lies above its estimate (gbstats: below)', async (t) => {
  for (const [a, b] of [
    [20, 44],
    [3, 1],
    [0, 9],
    [7, 0],
  ] as const) {
    const phase = phaseOf({ units: [unitsOf(2000, { failed: a }), unitsOf(2000, { failed: b })] })
    const [guardrail] = judge(planOf(), countsOf([phase]), running).guardrails
    const [low, high] = guardrail?.interval ?? [Number.NaN, Number.NaN]
    const ratio = guardrail?.rateRatio ?? Number.POSITIVE_INFINITY
    t.ok(low <= ratio && ratio <= (high ?? Number.POSITIVE_INFINITY), `${a} and ${b}: ${low} ${ratio} ${high}`)
  }
})

t.test('pairs that do not differ say nothing (statsmodels mcnemar without exact: p = 0)', async (t) => {
  const avoided = golden.mcnemar.find(({ control_right }: { control_right: number }) => control_right === 0)
  t.ok(golden.mcnemar.some(({ corrected_p }: { corrected_p: number }) => corrected_p === 0) && avoided)
  const { metrics, decision } = judge(planOf({ mode: 'shadow' }), shadowCounts(1800, 200, 0, 0), running)
  t.match(metrics, [{ state: 'insufficient_data', verdict: null, difference: 0 }])
  t.equal(metrics[0]?.p, undefined)
  t.equal(decision, undefined)
})

t.test('a split that is all wrong keeps its p above 0, with digits (spotify: underflow to 0)', async (t) => {
  for (const [a, b, smallest] of [
    [1000, 0, 1e-160],
    [100_000, 0, 0],
  ] as const) {
    const phase = phaseOf({ units: [unitsOf(a), unitsOf(b)] })
    const { sampleRatio, decision } = judge(planOf(), countsOf([phase]), running)
    t.equal(decision?.outcome, 'invalid')
    t.ok((sampleRatio.p ?? 0) > smallest && (sampleRatio.p ?? 1) < 1e-100)
    t.ok(Number.isFinite(sampleRatio.lnE))
  }
})

t.test('p is never above 1 (mlxtend)', async (t) => {
  const { metrics, sampleRatio } = judge(
    planOf(),
    splitCounts([
      [4500, 500],
      [4500, 500],
    ]),
    running,
  )
  t.equal(metrics[0]?.p, 1)
  t.equal(sampleRatio.p, 1)
  t.ok((metrics[0]?.lnE ?? 0) < 0)
})

t.test('without variance there is no interval of width 0 (gbstats: [0, 0])', async (t) => {
  t.strictSame(golden.zero_variance[0].interval, [0, 0])
  for (const arms of [
    [
      [1000, 0],
      [1000, 0],
    ],
    [
      [0, 1000],
      [0, 1000],
    ],
    [
      [1, 0],
      [900, 100],
    ],
  ] as const) {
    const { metrics } = judge(planOf(), splitCounts(arms), running)
    const [low, high] = metrics[0]?.interval ?? [0, 0]
    t.ok(high - low > 0.01, `${arms}: ${low} to ${high}`)
    t.equal(metrics[0]?.intervalMethod, 'exact_sequence')
  }
  const [allRight] = judge(
    planOf(),
    splitCounts([
      [1000, 0],
      [1000, 0],
    ]),
    running,
  ).metrics
  t.equal(allRight?.state, 'insufficient_data')
  const constant = { kind: 'numbers' as const, count: 2000, absolute: 2000, squares: 2000, fourths: 2000 }
  const phase = phaseOf({ units: [unitsOf(2000), unitsOf(2000)], tallies: [constant, constant] })
  const [error] = judge(planOf({ successMetrics: ['mean_squared_error'] }), countsOf([phase]), running).metrics
  t.match(error, { state: 'insufficient_data', interval: null, difference: 0, control: 1 })
  t.equal(error?.p, undefined)
})

t.test(
  'a normal interval waits for 25 right and 25 wrong rows of each arm (99 % accuracy at 90/10: 31 % false)',
  async (t) => {
    const methodOf = (a: readonly [number, number], b: readonly [number, number]) =>
      judge(planOf(), splitCounts([a, b], [0.9, 0.1]), running).metrics[0]?.intervalMethod
    t.equal(methodOf([8910, 90], [976, 24]), 'exact_sequence')
    t.equal(methodOf([8910, 90], [975, 25]), 'asymptotic_sequence')
    const plan = planOf({ successMetrics: ['f1_macro'] })
    t.match(
      judge(
        plan,
        splitCounts(
          [
            [8910, 90],
            [976, 24],
          ],
          [0.9, 0.1],
        ),
        running,
      ).metrics,
      [{ state: 'insufficient_data', interval: null }],
    )
  },
)

t.test('an arm without a unit is not left out of the split (growthbook#4439)', async (t) => {
  const phase = phaseOf({ shares: [0.5, 0.3, 0.2], units: [unitsOf(500), unitsOf(300), unitsOf(0)] })
  const { decision, sampleRatio } = judge(planOf({}, ['a', 'b', 'c']), countsOf([phase]), running)
  t.equal(decision?.outcome, 'invalid')
  t.strictSame(sampleRatio.observedShares, [0.625, 0.375, 0])
})

t.test('units in an arm without a share make an experiment invalid, not a division by 0', async (t) => {
  const phase = phaseOf({ shares: [1, 0], units: [unitsOf(500), unitsOf(1)] })
  t.equal(judge(planOf(), countsOf([phase]), running).decision?.outcome, 'invalid')
})

t.test('the split is judged by first exposures, never by rows with an outcome (growthbook#3845)', async (t) => {
  const phase = phaseOf({ units: [unitsOf(5000, { labelled: 100 }), unitsOf(5000, { labelled: 3000 })] })
  const { sampleRatio, warnings, decision } = judge(planOf(), countsOf([phase]), running)
  t.equal(sampleRatio.p, 1)
  t.equal(decision, undefined)
  t.match(warnings, [{ code: 'labels_differ' }])
})

t.test('outcomes that come for one arm more often decide nothing (growthbook#68)', async (t) => {
  const phase = (labelled: number) =>
    phaseOf({
      units: [unitsOf(9000, { labelled: 4000 }), unitsOf(9000, { labelled })],
      tallies: [classesOf(3600, 400), classesOf(0.95 * labelled, 0.05 * labelled)],
    })
  t.equal(judge(planOf(), countsOf([phase(4000)]), running).decision?.outcome, 'winner')
  const uneven = judge(planOf(), countsOf([phase(3000)]), over)
  t.equal(uneven.decision?.outcome, 'no_decision')
  t.match(uneven.warnings, [{ code: 'labels_differ' }])
  t.equal(
    judge(planOf({ mode: 'split+shadow' }), countsOf([phase(3000)]), running).warnings.some(
      ({ code }) => code === 'labels_differ',
    ),
    false,
  )
})

t.test('units of several arms are warned of from one in a hundred (PostHog#29336)', async (t) => {
  const counts = splitCounts([
    [450, 50],
    [450, 50],
  ])
  const codesOf = (multiplyExposed: number) =>
    judge(planOf(), { ...counts, multiplyExposed }, running).warnings.map(({ code }) => code)
  t.strictSame(codesOf(9), [])
  t.strictSame(codesOf(10), ['multiple_exposure'])
  t.strictSame(judge(planOf(), countsOf([phaseOf()]), running).warnings, [])
})

t.test('a split that begins to be broken is warned of before it is', async (t) => {
  const phase = phaseOf({ units: [unitsOf(5000), unitsOf(5340)] })
  const { warnings, decision } = judge(planOf(), countsOf([phase]), running)
  t.match(warnings, [{ code: 'sample_ratio_near' }])
  t.equal(decision, undefined)
})

t.test('pairs that are missing are warned of', async (t) => {
  const counts = shadowCounts(800, 100, 5, 5)
  const [phase] = counts.phases
  const units = [unitsOf(1200), unitsOf(0)]
  const { warnings } = judge(planOf({ mode: 'shadow' }), countsOf([{ ...phase!, units }]), running)
  t.match(warnings, [{ code: 'pairs_missing', detail: /290 of 1200/ }])
})

t.test('one failure stops nothing: it takes 12 of the challenger alone (suna#3403)', async (t) => {
  const outcomeOf = (failed: number) => {
    const phase = phaseOf({ units: [unitsOf(100), unitsOf(100, { failed })] })
    return judge(planOf(), countsOf([phase]), running).decision?.outcome
  }
  t.equal(outcomeOf(1), undefined)
  t.equal(outcomeOf(11), undefined)
  t.equal(outcomeOf(12), 'guardrail_stop')
})

t.test('no data is waiting, and is no error (argo-rollouts#1466)', async (t) => {
  for (const counts of [countsOf([]), countsOf([phaseOf()])]) {
    const { decision, metrics, guardrails, sampleRatio } = judge(planOf(), counts, running)
    t.equal(decision, undefined)
    t.equal(sampleRatio.state, 'insufficient_data')
    t.match(guardrails, [{ state: 'insufficient_data', isBroken: false }])
    t.match(metrics, [{ state: 'insufficient_data', control: null, difference: null, interval: null }])
  }
})

t.test('time over without a sample is no decision (bedrock#8304)', async (t) => {
  t.equal(judge(planOf(), countsOf([]), over).decision?.outcome, 'no_decision')
})

t.test('rows in any order, and corrected ones, give the same: only totals count', async (t) => {
  const cells = [
    [1, 0, 50],
    [0, 0, 900],
    [1, 1, 950],
    [0, 1, 100],
  ] as const
  const of = (order: readonly (readonly [number, number, number])[]) =>
    judge(
      planOf({ successMetrics: ['accuracy', 'f1_macro'] }),
      countsOf([
        phaseOf({
          units: [unitsOf(2000), unitsOf(2000)],
          tallies: [classesOf(1700, 300), { kind: 'classes', cells: order }],
        }),
      ]),
      running,
    ).metrics.map(({ lnE }) => lnE?.toFixed(9))
  t.strictSame(of(cells), of(cells.toReversed()))
})

t.test('no number is NaN or infinite, whatever the counts', async (t) => {
  const random = new Random(18)
  const count = (): number => {
    const sizes = [0, 0, 1, 2, 24, 25, 26, 1000, 50_000, 2 ** 31]
    return sizes[Math.floor(random.uniform() * sizes.length)] as number
  }
  const number = (): number =>
    [0, 1e-300, 1, 1e9, 1e200, Number.MAX_VALUE, Infinity, NaN][Math.floor(random.uniform() * 8)] as number
  const classTally = (): ClassTally => ({
    kind: 'classes',
    cells: [-1, 0, 1, 2].flatMap((answer) => [-1, 0, 1].map((truth) => [answer, truth, count()] as const)),
  })
  const numberTally = (): NumberTally => ({
    ...{ kind: 'numbers', count: count(), absolute: number(), squares: number(), fourths: number() },
  })
  const shareSets = [
    [0.5, 0.3, 0.2],
    [0.9, 0.1, 0],
    [0.001, 0.002, 0.003],
    [0, 0, 0],
    [0, 0.5, 0.5],
  ]
  const phase = (isClasses: boolean): PhaseCounts => ({
    phase: 1,
    shares: shareSets[Math.floor(random.uniform() * shareSets.length)] as number[],
    units: [0, 1, 2].map(() => ({ exposed: count(), failed: count(), slow: count(), labelled: count() })),
    tallies: [0, 1, 2].map(() => (isClasses ? classTally() : numberTally())),
    pairs: isClasses
      ? [undefined, pairsOf(count(), count(), count(), count()), undefined]
      : [
          ...[undefined, undefined],
          {
            ...{ kind: 'numbers', count: count(), absolute: number(), absoluteSquares: number() },
            ...{ squares: number(), squareSquares: number() },
          },
        ],
  })
  for (let round = 0; round < 400; round++) {
    const isClasses = random.uniform() < 0.5
    const counts: ExperimentCounts = countsOf([phase(isClasses), phase(isClasses)], count())
    const plan = planOf(
      {
        mode: (['split', 'shadow', 'split+shadow'] as const)[round % 3]!,
        successMetrics: isClasses ? ['accuracy', 'f1_macro'] : ['mean_absolute_error', 'mean_squared_error'],
        guardrails: [
          { kind: 'errors', toleratedRatio: 1 },
          { kind: 'latency', toleratedRatio: 1.5, budgetMs: 10 },
        ],
        minSampleSize: [1, 1000][round % 2]!,
        equivalenceMargin: 0.01,
      },
      ['a', 'b', 'c'],
    )
    const found = judge(plan, counts, over)
    const faults = faultsIn(found, '')
    if (faults.length > 0) t.fail(`${faults[0]} of ${JSON.stringify({ plan, counts })}`)
    const ps = [found.sampleRatio, ...found.metrics, ...found.guardrails].flatMap(({ p }) => p ?? [])
    if (!ps.every((p) => p > 0 && p <= 1)) t.fail(`p ${ps}`)
  }
  t.pass('400 rounds')
})

function faultsIn(value: unknown, path: string): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => faultsIn(member, `${path}.${name}`))
}
