// What an experiment can find, if requests go on as they came: told before it is started, when nothing is lost yet.
import type { Queryable } from '../database/pool.ts'
import { DAY_MS } from '../model/times.ts'
import type { Performance } from '../monitoring/performance/performance.ts'
import type { Arm, ExperimentPlan, SuccessMetric } from './experiment.ts'
import type { ExperimentStory } from './found-experiment.ts'
import { countTraffic } from './traffic-table.ts'

export interface Expectation {
  readonly rowsPerDay: number
  readonly daysObserved: number
  /** Share of the rows whose outcome comes. */
  readonly coverage: number
  readonly metric: SuccessMetric
  /** Of the control; undefined where nothing is known of it. */
  readonly baseValue: number | undefined
  /** In units of the metric; undefined where it cannot be said. */
  readonly smallestEffect: number | undefined
  /** Undefined without traffic. */
  readonly daysToMinSample: number | undefined
  readonly isLongEnough: boolean
  /** In words. */
  readonly assumptions: readonly string[]
}

/** What is known of the traffic: rows with an outcome, each taken as a key of its own. */
export interface Traffic {
  readonly labelledPerDay: number
  readonly shares: readonly number[]
  /** Of the first metric, of the control. */
  readonly baseValue: number | undefined
}

export interface ExpectationParts {
  readonly client: Queryable
  readonly performance: Pick<Performance, 'of'>
  /** The smallest difference that is found with 80 % probability in time; undefined where it cannot be said. Pure. */
  readonly smallestEffectOf: (plan: ExperimentPlan, traffic: Traffic) => number | undefined
  /** In ms since 1970. */
  readonly now: () => number
}

const TRAFFIC_DAYS = 7
const PERFORMANCE_DAYS = 30
/** Where nothing is known of the control. */
const ASSUMED_ACCURACY = 0.9

/** Throws what the database throws. */
export async function expectationOf(
  { client, performance, smallestEffectOf, now }: ExpectationParts,
  { experiment, phases }: ExperimentStory,
): Promise<Expectation> {
  const { projectId, environment, plan } = experiment
  const [metric] = plan.successMetrics as [SuccessMetric, ...SuccessMetric[]]
  const to = now()
  const from = new Date(to - TRAFFIC_DAYS * DAY_MS)
  const { rows, since } = await countTraffic(client, { projectId, environment }, from, new Date(to))
  // The first hour may have begun before the rows came: a little less than they are.
  const daysObserved = since === null ? 0 : Math.min(TRAFFIC_DAYS, Math.max(1 / 24, (to - since.getTime()) / DAY_MS))
  const rowsPerDay = daysObserved === 0 ? 0 : rows / daysObserved
  const [{ version }] = plan.arms as [Arm, ...Arm[]]
  const asked = { environment, version, from: to - PERFORMANCE_DAYS * DAY_MS, to }
  const { judged } = await performance.of({ projectId }, asked)
  const assumptions = ['every row comes with a key of its own']
  const isJudged = judged.outcomes > 0
  const coverage = isJudged ? (judged.coverage as number) : 1
  if (!isJudged) assumptions.push('an outcome comes for every row, for none is known of the control yet')
  const known = isJudged ? judged.metrics.get(metric)?.value : undefined
  const baseValue = known ?? (metric === 'accuracy' ? ASSUMED_ACCURACY : undefined)
  if (known === undefined && baseValue !== undefined) {
    assumptions.push(`the ${metric} of the control is ${baseValue}, for it is not known yet`)
  }
  const shares = phases.at(-1)?.shares ?? []
  const labelledPerDay = rowsPerDay * coverage
  const daysToMinSample = daysTo(plan, shares, labelledPerDay)
  return {
    ...{ rowsPerDay, daysObserved, coverage, metric, baseValue, assumptions },
    smallestEffect: labelledPerDay === 0 ? undefined : smallestEffectOf(plan, { labelledPerDay, shares, baseValue }),
    daysToMinSample,
    isLongEnough: daysToMinSample !== undefined && daysToMinSample <= plan.maxDurationDays,
  }
}

/** The arm with the fewest keys is waited for; in the shadow all arms predict every key that is enrolled. */
function daysTo(plan: ExperimentPlan, shares: readonly number[], labelledPerDay: number): number | undefined {
  const isPaired = plan.mode !== 'split' && !plan.outcomeDependsOnServing
  const share = isPaired ? shares.reduce((sum, each) => sum + each, 0) : Math.min(...shares)
  const perDay = labelledPerDay * share
  return perDay > 0 ? plan.minSampleSize / perDay : undefined
}
