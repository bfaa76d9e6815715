// One experiment before any outcome is known: its guardrails, its split, and keys that come many times.
import { judge } from '../../src/experiments/statistics/judge.ts'
import { Random } from '../../src/learning/random.ts'
import { countsOf, planOf, RUNNING, unitsOf } from './plans.ts'

const NO_MORE = { toleratedRatio: 1 } as const
const PLAN = planOf('accuracy', false, { minSampleSize: 1000, guardrails: [{ kind: 'errors', ...NO_MORE }] })

/** Requests until the guardrail of errors stops it; every request is a key of its own. undefined: not within so many. */
export function simulateFailures(
  rates: readonly [control: number, treatment: number],
  requests: number,
  lookEvery: number,
  seed: number,
): number | undefined {
  const random = new Random(seed)
  const [exposed, failed] = [
    [0, 0],
    [0, 0],
  ]
  let isNew = false
  for (let request = 1; request <= requests; request++) {
    const arm = random.uniform() < 0.5 ? 0 : 1
    exposed[arm]! += 1
    if (random.uniform() < rates[arm]!) {
      failed[arm]! += 1
      isNew = true
    }
    // Without a new failure the evidence is what it was.
    if (request % lookEvery !== 0 || !isNew) continue
    isNew = false
    const units = [0, 1].map((of) => unitsOf(exposed[of]!, { failed: failed[of]! }))
    if (judge(PLAN, countsOf({ units }), RUNNING).decision?.outcome === 'guardrail_stop') return request
  }
  return undefined
}

/** Units until a split into halves is called broken, of which the challenger gets this share. */
export function simulateSplit(share: number, units: number, lookEvery: number, seed: number): number | undefined {
  const random = new Random(seed)
  const exposed: [number, number] = [0, 0]
  for (let unit = 1; unit <= units; unit++) {
    exposed[random.uniform() < share ? 1 : 0]++
    if (unit % lookEvery !== 0) continue
    const counts = countsOf({ units: exposed.map((count) => unitsOf(count)) })
    if (judge(PLAN, counts, RUNNING).decision?.outcome === 'invalid') return unit
  }
  return undefined
}

export interface ClusterRun {
  /** Whether an alarm was raised counting every request. */
  readonly byRequest: boolean
  /** Counting only the first of a key. */
  readonly byKey: boolean
}

/**
 * Keys with so many requests each, all of them in one arm; the arms are alike, and keys are not: one in fifty fails at every fourth
 * request.
 */
export function simulateClusteredFailures(keys: number, requestsPerKey: number, seed: number): ClusterRun {
  const random = new Random(seed)
  const counts = { requests: [0, 0], failedRequests: [0, 0], keys: [0, 0], failedKeys: [0, 0] }
  let [byRequest, byKey] = [false, false]
  for (let key = 1; key <= keys; key++) {
    const arm = random.uniform() < 0.5 ? 0 : 1
    const rate = random.uniform() < 0.02 ? 0.25 : 0
    let failed = 0
    for (let i = 0; i < requestsPerKey; i++) if (random.uniform() < rate) failed++
    counts.requests[arm]! += requestsPerKey
    counts.failedRequests[arm]! += failed
    counts.keys[arm]! += 1
    if (failed > 0) counts.failedKeys[arm]! += 1
    if (failed === 0 && key !== keys) continue
    byRequest ||= isStopped(counts.requests, counts.failedRequests)
    byKey ||= isStopped(counts.keys, counts.failedKeys)
  }
  return { byRequest, byKey }
}

function isStopped(exposed: readonly number[], failed: readonly number[]): boolean {
  const units = [0, 1].map((arm) => unitsOf(exposed[arm]!, { failed: failed[arm]! }))
  return judge(PLAN, countsOf({ units }), RUNNING).guardrails[0]?.isBroken === true
}

/** The same with wrong predictions: a key is wrong at a tenth of its rows in the mean, some at many and most at few. */
export function simulateClusteredRows(keys: number, rowsPerKey: number, lookEvery: number, seed: number): ClusterRun {
  const random = new Random(seed)
  const plan = planOf('accuracy', false, { minSampleSize: 100 })
  const [all, first] = [new Float64Array(4), new Float64Array(4)]
  let [byRequest, byKey] = [false, false]
  for (let key = 1; key <= keys; key++) {
    const arm = random.uniform() < 0.5 ? 0 : 1
    const wrongRate = random.uniform() < 0.2 ? 0.5 : 0
    for (let i = 0; i < rowsPerKey; i++) {
      const isRight = random.uniform() < wrongRate ? 0 : 1
      all[2 * arm + isRight]! += 1
      if (i === 0) first[2 * arm + isRight]! += 1
    }
    if (key % lookEvery !== 0) continue
    const isDecided = (counts: Float64Array): boolean => {
      const arms = [0, 1].map((of) => [counts[2 * of] as number, counts[2 * of + 1] as number] as const)
      const units = arms.map(([wrong, right]) => unitsOf(wrong + right, { labelled: wrong + right }))
      const tallies = arms.map(([wrong, right]) => ({
        kind: 'classes' as const,
        cells: [
          [0, 0, right],
          [1, 0, wrong],
        ] as const,
      }))
      return judge(plan, countsOf({ units, tallies }), RUNNING).metrics[0]?.verdict != null
    }
    byRequest ||= isDecided(all)
    byKey ||= isDecided(first)
  }
  return { byRequest, byKey }
}
