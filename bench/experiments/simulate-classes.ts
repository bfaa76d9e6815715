// One experiment with labelled rows of two classes, looked at again and again, beside somebody who tests at each look as if it were the only one.
import type { SuccessMetric } from '../../src/experiments/experiment.ts'
import { judge } from '../../src/experiments/statistics/judge.ts'
import { Random } from '../../src/learning/random.ts'
import { countsOf, planOf, RUNNING, unitsOf } from './plans.ts'

export interface ClassScenario {
  readonly metric: SuccessMetric
  readonly isPaired: boolean
  /** Of the control. */
  readonly accuracy: number
  /** How much better the challenger is. */
  readonly gain: number
  /** Rows that just one of the two predicts rightly; at least the gain. */
  readonly discordantShare: number
  /** The share of the challenger, of a split. */
  readonly share: number
  /** The share of the second class. */
  readonly classShare: number
  readonly minSampleSize: number
  readonly rows: number
  readonly lookEvery: number
  /** Whether it is looked at to the end, for the interval, or until it is decided. */
  readonly isWatchedToTheEnd: boolean
}

export interface ClassRun {
  /** Rows at which a winner or the control was declared. */
  readonly decidedAt: number | undefined
  /** Rows at which a fixed test at 5 % first was significant. */
  readonly naiveAt: number | undefined
  /** Rows at which the interval first did not hold the true difference. */
  readonly leftAt: number | undefined
}

/** 1.96: what a fixed test at 5 % compares with. */
const FIXED_Z = 1.959963984540054

export function simulateClasses(scenario: ClassScenario, seed: number): ClassRun {
  const { metric, isPaired, rows, lookEvery, gain } = scenario
  const random = new Random(seed)
  const plan = planOf(metric, isPaired, { minSampleSize: scenario.minSampleSize })
  // Counts by whether the control, whether the challenger is right, and by truth.
  const pairs = new Float64Array(8)
  // By arm, whether it is right, and truth.
  const single = new Float64Array(8)
  let [decidedAt, naiveAt, leftAt]: (number | undefined)[] = []
  for (let row = 1; row <= rows; row++) {
    const truth = random.uniform() < scenario.classShare ? 1 : 0
    const [isControlRight, isTreatmentRight] = drawRow(scenario, random)
    if (isPaired) pairs[4 * isControlRight + 2 * isTreatmentRight + truth]! += 1
    else {
      const arm = random.uniform() < scenario.share ? 1 : 0
      single[4 * arm + 2 * (arm === 1 ? isTreatmentRight : isControlRight) + truth]! += 1
    }
    if (row % lookEvery !== 0) continue
    const counts = isPaired ? pairCounts(pairs, row) : splitCounts(single, scenario.share)
    const { decision, metrics } = judge(plan, counts, RUNNING)
    if (decision && decision.outcome !== 'invalid') decidedAt ??= row
    const interval = metrics[0]?.interval
    if (interval && (interval[0] > gain || interval[1] < gain)) leftAt ??= row
    if (Math.abs(isPaired ? pairZ(pairs) : splitZ(single)) > FIXED_Z) naiveAt ??= row
    if (decidedAt !== undefined && !scenario.isWatchedToTheEnd) break
  }
  return { decidedAt, naiveAt, leftAt }
}

/** Which of the two is right, as 0 or 1. */
function drawRow({ accuracy, gain, discordantShare }: ClassScenario, random: Random): [number, number] {
  const [controlOnly, treatmentOnly] = [(discordantShare - gain) / 2, (discordantShare + gain) / 2]
  const drawn = random.uniform()
  if (drawn < controlOnly) return [1, 0]
  if (drawn < controlOnly + treatmentOnly) return [0, 1]
  return drawn < accuracy + treatmentOnly ? [1, 1] : [0, 0]
}

const answerOf = (isRight: number, truth: number): number => (isRight === 1 ? truth : 1 - truth)

function pairCounts(pairs: Float64Array, rows: number) {
  const cells = Array.from(pairs, (count, i) => {
    const truth = i % 2
    return [answerOf(i >> 2, truth), answerOf((i >> 1) % 2, truth), truth, count] as const
  })
  return countsOf({
    units: [unitsOf(rows, { labelled: rows }), unitsOf(0)],
    pairs: [undefined, { kind: 'classes', cells }],
  })
}

function splitCounts(single: Float64Array, share: number) {
  const arms = [0, 1].map((arm) => [0, 1, 2, 3].map((i) => single[4 * arm + i] as number))
  return countsOf({
    shares: [1 - share, share],
    units: arms.map((counts) => {
      const rows = counts.reduce((sum, count) => sum + count, 0)
      return unitsOf(rows, { labelled: rows })
    }),
    tallies: arms.map((counts) => ({
      kind: 'classes' as const,
      cells: counts.map((count, i) => [answerOf(i >> 1, i % 2), i % 2, count] as const),
    })),
  })
}

/** McNemar's test. */
function pairZ(pairs: Float64Array): number {
  const [treatmentOnly, controlOnly] = [pairs[2]! + pairs[3]!, pairs[4]! + pairs[5]!]
  return (treatmentOnly - controlOnly) / Math.sqrt(Math.max(1, treatmentOnly + controlOnly))
}

/** The z-test of two shares, pooled. */
function splitZ(single: Float64Array): number {
  const [wrongA, rightA] = [single[0]! + single[1]!, single[2]! + single[3]!]
  const [wrongB, rightB] = [single[4]! + single[5]!, single[6]! + single[7]!]
  const [a, b] = [wrongA + rightA, wrongB + rightB]
  const pooled = (rightA + rightB) / (a + b)
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a + 1 / b))
  return error > 0 ? (rightB / b - rightA / a) / error : 0
}
