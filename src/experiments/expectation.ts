// What an experiment can find, if requests go on as they came: told before it is started, when nothing is lost yet.
import type { Queryable } from '../database/pool.ts'
import { DAY_MS } from '../model/times.ts'
import type { Performance } from '../monitoring/performance/performance.ts'
import { listTrainedMetrics } from '../monitoring/performance/versions-table.ts'
import type { Arm, Experiment, SuccessMetric } from './experiment.ts'
import type { ExperimentStory } from './found-experiment.ts'
import { planExperiment } from './statistics/plan-experiment.ts'
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

export interface ExpectationParts {
  readonly client: Queryable
  readonly performance: Pick<Performance, 'of'>
  /** In ms since 1970. */
  readonly now: () => number
}

const TRAFFIC_DAYS = 7
const PERFORMANCE_DAYS = 30
/** Of metrics that are shares, where nothing is known of the control. */
const ASSUMED_SHARE = 0.9

/** Throws what the database throws. */
export async function expectationOf(
  parts: ExpectationParts,
  { experiment, phases }: ExperimentStory,
): Promise<Expectation> {
  const { projectId, environment, plan } = experiment
  const [metric] = plan.successMetrics as [SuccessMetric, ...SuccessMetric[]]
  const to = parts.now()
  const from = new Date(to - TRAFFIC_DAYS * DAY_MS)
  const { rows, since } = await countTraffic(parts.client, { projectId, environment }, from, new Date(to))
  // The first hour may have begun before the rows came: then there are a little more than this.
  const daysObserved = since === null ? 0 : Math.min(TRAFFIC_DAYS, Math.max(1 / 24, (to - since.getTime()) / DAY_MS))
  const rowsPerDay = daysObserved === 0 ? 0 : rows / daysObserved
  const { coverage, baseValue, assumptions } = await baseOf(parts, experiment, metric)
  const shares = phases.at(-1)?.shares ?? []
  const traffic = { unitsPerDay: rowsPerDay, shares, labelledShare: coverage }
  const course = planExperiment(plan, { ...traffic, controlValue: baseValue ?? ASSUMED_SHARE })
  const daysToMinSample = course.daysToMinSampleSize ?? undefined
  return {
    ...{ rowsPerDay, daysObserved, coverage, metric, baseValue, assumptions, daysToMinSample },
    smallestEffect: baseValue === undefined ? undefined : (course.leastDetectable ?? undefined),
    isLongEnough: daysToMinSample !== undefined && daysToMinSample <= plan.maxDurationDays,
  }
}

/** What is known of the control, and what is taken in its place. */
async function baseOf(
  { client, performance, now }: ExpectationParts,
  { projectId, environment, plan }: Experiment,
  metric: SuccessMetric,
): Promise<Pick<Expectation, 'coverage' | 'baseValue' | 'assumptions'>> {
  const assumptions = ['every row comes with a key of its own']
  const [{ version }] = plan.arms as [Arm, ...Arm[]]
  const to = now()
  const span = { from: to - PERFORMANCE_DAYS * DAY_MS, to }
  const { judged } = await performance.of({ projectId }, { environment, version, ...span })
  const isJudged = judged.outcomes > 0
  if (!isJudged) assumptions.push('an outcome comes for every row, for none of the control is known yet')
  const coverage = isJudged ? (judged.coverage as number) : 1
  const known = isJudged ? judged.metrics.get(metric)?.value : undefined
  if (known !== undefined) return { coverage, baseValue: known, assumptions }
  const trained = (await listTrainedMetrics(client, projectId, [version])).get(version)?.[`validation_${metric}`]
  if (typeof trained === 'number') {
    assumptions.push(`the ${metric} of the control is as in its training`)
    return { coverage, baseValue: trained, assumptions }
  }
  if (metric !== 'accuracy' && metric !== 'f1_macro') return { coverage, baseValue: undefined, assumptions }
  assumptions.push(`the ${metric} of the control is ${ASSUMED_SHARE}, for it is not known yet`)
  return { coverage, baseValue: ASSUMED_SHARE, assumptions }
}
