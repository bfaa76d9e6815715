// How right deployed versions were, as routes, looks and retrainings ask for it: out of sums, never out of rows.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { invalidRequest } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import { DAY_MS } from '../../model/times.ts'
import type { Project } from '../../projects/project.ts'
import type { AnswerKinds } from './answer-kinds.ts'
import type { Answers } from './answers.ts'
import { type Judged, judge } from './judged.ts'
import { countMarkedHours } from './marks-table.ts'
import { addedUp } from './sums-of-hour.ts'
import { listSums, type StoredSums, type SumsFilter } from './sums-table.ts'

export const STEPS = ['hour', 'day', 'week'] as const
export type Step = (typeof STEPS)[number]

/** Times are milliseconds since 1970. */
export interface PerformanceAsked extends SumsFilter {
  readonly from: number
  readonly to: number
  /** Undefined: not in steps. */
  readonly by?: Step | undefined
}

export interface PerformanceStep {
  readonly from: Date
  readonly to: Date
  /** Whether outcomes of all of it have had the days that they may take. */
  readonly isMature: boolean
  readonly judged: Judged
}

export interface ProjectPerformance {
  /** In whole hours. */
  readonly from: Date
  readonly to: Date
  /** Outcomes of later predictions may still be on their way. */
  readonly matureUntil: Date
  /** Hours whose rows or outcomes have changed, and that are to be summed anew. */
  readonly waitingHours: number
  readonly judged: Judged
  readonly steps: readonly PerformanceStep[]
  /** In ascending order. */
  readonly versions: readonly { readonly version: number; readonly judged: Judged }[]
  readonly deployments: readonly {
    readonly deploymentId: number
    readonly environment: string
    readonly version: number
    readonly judged: Judged
  }[]
}

export interface PerformanceParts {
  readonly ownSchema: OwnSchema
  readonly answers: Pick<AnswerKinds, 'of'>
  /** How many days outcomes of a project may take. */
  readonly outcomeDaysOf: (projectId: number) => Promise<number>
  /** Some of what was asked for waits to be summed. */
  readonly onWaiting: () => void
  readonly now: () => number
}

const HOUR_MS = 3_600_000
const WEEK_MS = 7 * DAY_MS
/** 1970-01-05 was a Monday. */
const MONDAY_MS = 4 * DAY_MS
const STEP_MS = { hour: HOUR_MS, day: DAY_MS, week: WEEK_MS } as const
/** Steps of one answer. */
const STEPS_MAX = 1_000
const DAYS_MAX = 3_700

export class Performance {
  private readonly parts: PerformanceParts

  constructor(parts: PerformanceParts) {
    this.parts = parts
  }

  /** Times are widened to whole hours. Throws ServiceError REQUEST_INVALID of a time that is too long or in too many steps. */
  async of({ projectId }: Pick<Project, 'projectId'>, asked: PerformanceAsked): Promise<ProjectPerformance> {
    const { ownSchema, outcomeDaysOf, now } = this.parts
    const from = Math.floor(asked.from / HOUR_MS) * HOUR_MS
    const to = Math.ceil(asked.to / HOUR_MS) * HOUR_MS
    requireSpan(from, to, asked.by)
    const [all, waitingHours, outcomeDays] = await Promise.all([
      this.sumsOf(projectId, { ...asked, from, to }),
      countMarkedHours(ownSchema.pool, projectId, new Date(from), new Date(to)),
      outcomeDaysOf(projectId),
    ])
    if (waitingHours > 0) this.parts.onWaiting()
    const answers = new Map<number, Answers>()
    for (const version of new Set(all.map((sums) => sums.version))) {
      const found = await this.parts.answers.of(projectId, version)
      if (found !== undefined) answers.set(version, found)
    }
    const matureUntil = now() - outcomeDays * DAY_MS
    const judgeAll = (sums: readonly StoredSums[]): Judged => judge(sums, answers)
    const whole = addedUp(all)
    const byVersion = [...Map.groupBy(whole, ({ version }) => version)].sort(([a], [b]) => a - b)
    // An experiment lets several versions predict for one deployment.
    const byDeployment = [...Map.groupBy(whole, ({ deploymentId, version }) => `${deploymentId} ${version}`).values()]
    return {
      from: new Date(from),
      to: new Date(to),
      matureUntil: new Date(matureUntil),
      waitingHours,
      judged: judgeAll(whole),
      steps: asked.by === undefined ? [] : stepsOf(all, { from, to }, asked.by, matureUntil, judgeAll),
      versions: byVersion.map(([version, sums]) => ({ version, judged: judgeAll(sums) })),
      deployments: byDeployment
        .map((sums) => {
          const { deploymentId, environment, version } = sums[0] as StoredSums
          return { deploymentId, environment, version, judged: judgeAll(sums) }
        })
        .sort((a, b) => a.deploymentId - b.deploymentId || a.version - b.version),
    }
  }

  /** Whole days where nobody asks for hours, and hours at both ends. */
  private async sumsOf(projectId: number, { from, to, by, ...filter }: PerformanceAsked): Promise<StoredSums[]> {
    const { pool } = this.parts.ownSchema
    const list = (span: 'hour' | 'day', start: number, end: number): Promise<StoredSums[]> =>
      start < end
        ? listSums(pool, span, { projectId, from: new Date(start), to: new Date(end) }, filter)
        : Promise.resolve([])
    const firstDay = Math.ceil(from / DAY_MS) * DAY_MS
    const lastDay = Math.floor(to / DAY_MS) * DAY_MS
    if (by === 'hour' || firstDay >= lastDay) return list('hour', from, to)
    const parts = [list('hour', from, firstDay), list('day', firstDay, lastDay), list('hour', lastDay, to)]
    return (await Promise.all(parts)).flat()
  }
}

function requireSpan(from: number, to: number, by: Step | undefined): void {
  const faults = new FaultList()
  const refuse = (parameter: string, detail: string): void => faults.add({ in: 'query', parameter, detail })
  if (!(from < to)) refuse('to', 'expected a time after from')
  else if (to - from > DAYS_MAX * DAY_MS) refuse('from', `expected ${DAYS_MAX} days at the most`)
  else if (by !== undefined && (to - from) / STEP_MS[by] > STEPS_MAX) {
    refuse(
      'by',
      `expected ${STEPS_MAX} steps at the most, got ${Math.ceil((to - from) / STEP_MS[by])}; take longer ones`,
    )
  }
  if (!faults.isEmpty) throw invalidRequest(faults)
}

/** Those with predictions. Days and weeks are those of UTC; weeks begin on Monday. The first and the last may be cut. */
function stepsOf(
  all: readonly StoredSums[],
  { from, to }: { readonly from: number; readonly to: number },
  by: Step,
  matureUntil: number,
  judgeAll: (sums: readonly StoredSums[]) => Judged,
): PerformanceStep[] {
  const origin = by === 'week' ? MONDAY_MS : 0
  const length = STEP_MS[by]
  const startOf = (time: number): number => Math.floor((time - origin) / length) * length + origin
  const steps = [...Map.groupBy(all, ({ startsAt }) => startOf(startsAt.getTime()))].sort(([a], [b]) => a - b)
  return steps.map(([start, sums]) => {
    const [first, end] = [Math.max(start, from), Math.min(start + length, to)]
    return { from: new Date(first), to: new Date(end), isMature: end <= matureUntil, judged: judgeAll(sums) }
  })
}
