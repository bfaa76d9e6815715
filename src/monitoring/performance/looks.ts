// Looks: each window whose outcomes have had their time is judged once, and the alerts are told, in one transaction.
import type { Logger } from 'pino'
import type { Signals } from '../../alerts/signals.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction } from '../../database/pool.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import { plainMetric } from '../../model/scoring.ts'
import { DAY_MS } from '../../model/times.ts'
import type { Project } from '../../projects/project.ts'
import type { Projects } from '../../projects/projects.ts'
import { metricsFor } from '../../projects/versions/leaderboard.ts'
import type { MonitoringWords } from '../log/monitoring-schemas.ts'
import type { MonitoringSettings } from '../log/monitoring-settings.ts'
import { levelOf } from '../statistics/level.ts'
import type { AnswerKinds } from './answer-kinds.ts'
import type { Answers } from './answers.ts'
import { effectiveCount } from './figures.ts'
import {
  EARLIER_MAX,
  judgeCoverage,
  judgePerformance,
  type LookJudgement,
  type PromisedMetric,
  ROWS_NEEDED,
} from './judge-look.ts'
import { type Judged, judge } from './judged.ts'
import {
  insertLook,
  type LooksFilter,
  listCoverages,
  listLookedAt,
  listLooks,
  type NewPerformanceLook,
  PERFORMANCE_LOOKS,
  type PerformanceLook,
} from './looks-table.ts'
import { countMarkedHours } from './marks-table.ts'
import type { TrainedMetrics } from './schemas.ts'
import { labelledIn } from './sums.ts'
import { listSums, type StoredSums } from './sums-table.ts'

export interface PerformanceLooksParts {
  readonly ownSchema: OwnSchema
  readonly projects: Pick<Projects, 'find'>
  readonly settings: Pick<MonitoringSettings, 'all'>
  readonly answers: Pick<AnswerKinds, 'of'>
  readonly trainedOf: (projectId: number, versions: readonly number[]) => Promise<TrainedMetrics>
  readonly signals: Signals
  readonly log: Logger
  readonly now: () => number
}

const HOUR_MS = 3_600_000
/** Windows that are made up for, after a time in which nobody looked. */
const WINDOWS_MAX = 14

export class PerformanceLooks {
  private readonly parts: PerformanceLooksParts

  constructor(parts: PerformanceLooksParts) {
    this.parts = parts
  }

  /** The newest first. Throws ServiceError PROJECT_UNKNOWN. */
  async list(named: string, filter: LooksFilter, limit: number, before?: number): Promise<PerformanceLook[]> {
    const { projectId } = await this.parts.projects.find(named)
    return listLooks(this.parts.ownSchema.pool, projectId, filter, limit, before)
  }

  /** Judges all windows that are due; what cannot be judged of a project holds up none of the others. */
  async look(signal: AbortSignal): Promise<void> {
    const { ownSchema, settings, projects, log } = this.parts
    if (!(await ownSchema.isUsable())) return
    for (const { projectId, words } of await settings.all()) {
      if (signal.aborted) return
      try {
        const project = await projects.find(String(projectId))
        if (words.log !== 'off' && project.archivedAt === null) await this.lookAt(project, words, signal)
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error
        log.warn({ err: error, projectId }, 'the performance of a project could not be judged')
      }
    }
  }

  private async lookAt(project: Project, words: MonitoringWords, signal: AbortSignal): Promise<void> {
    const { pool } = this.parts.ownSchema
    const lengthMs = words.window_hours * HOUR_MS
    const newest = Math.floor((this.parts.now() - words.outcome_days * DAY_MS) / lengthMs) * lengthMs
    const oldest = newest - WINDOWS_MAX * lengthMs
    const wanted = PERFORMANCE_LOOKS.filter((kind) => words.looks.includes(kind))
    for (const kind of wanted) {
      const looked = await listLookedAt(pool, project.projectId, kind, new Date(oldest))
      const ends = new Set(looked.map((end) => end.getTime()))
      for (let end = oldest + lengthMs; end <= newest && !signal.aborted; end += lengthMs) {
        if (!ends.has(end)) await this.judgeWindow(project, words, kind, { from: end - lengthMs, to: end })
      }
    }
  }

  private async judgeWindow(
    project: Project,
    words: MonitoringWords,
    kind: NewPerformanceLook['kind'],
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<void> {
    const { ownSchema, signals } = this.parts
    const { projectId } = project
    const span = { projectId, from: new Date(to - words.window_hours_max * HOUR_MS), to: new Date(to) }
    // What is about to be summed anew is judged then.
    if ((await countMarkedHours(ownSchema.pool, projectId, span.from, span.to)) > 0) return
    const all = await listSums(ownSchema.pool, 'hour', span)
    const slots = Map.groupBy(
      all.filter(({ startsAt }) => startsAt.getTime() >= from),
      ({ environment, version }) => `${version} ${environment}`,
    )
    const made: NewPerformanceLook[] = []
    for (const [{ environment, version }] of slots.values() as Iterable<[StoredSums]>) {
      const slot = { projectId, environment, version, kind, to: new Date(to) }
      const ofSlot = all.filter((sums) => sums.environment === environment && sums.version === version)
      made.push(
        kind === 'coverage'
          ? { ...slot, ...(await this.coverageOf(slot, ofSlot, from)) }
          : { ...slot, ...(await this.performanceOf(project, words, slots.size, slot, ofSlot, from)) },
      )
    }
    await inTransaction(ownSchema.pool, async (tx) => {
      for (const look of made) {
        if (!(await insertLook(tx, look))) continue
        const { environment, version, verdict, severity, details } = look
        const window = { from: look.from, to: look.to }
        await signals.tell(tx, { kind, projectId, environment, version, window, verdict, severity, details })
      }
    })
  }

  private async coverageOf(
    slot: Pick<NewPerformanceLook, 'projectId' | 'environment' | 'version' | 'to'>,
    all: readonly StoredSums[],
    from: number,
  ): Promise<LookJudgement & Pick<NewPerformanceLook, 'from' | 'details'>> {
    const { rows, outcomes, coverage } = judge(since(all, from), new Map())
    const earlier = await listCoverages(this.parts.ownSchema.pool, slot, new Date(from), EARLIER_MAX)
    return { ...judgeCoverage(coverage, earlier), from: new Date(from), details: { rows, outcomes, coverage, earlier } }
  }

  /** The window grows by hours before it until it has the rows that a judgement takes. tests: looks at the same window. */
  private async performanceOf(
    project: Project,
    words: MonitoringWords,
    tests: number,
    { version }: Pick<NewPerformanceLook, 'version'>,
    all: readonly StoredSums[],
    from: number,
  ): Promise<LookJudgement & Pick<NewPerformanceLook, 'from' | 'details'>> {
    const { answers, trainedOf } = this.parts
    const kinds = new Map<number, Answers>()
    const found = await answers.of(project.projectId, version)
    if (found !== undefined) kinds.set(version, found)
    const starts = [...new Set([from, ...all.map(({ startsAt }) => startsAt.getTime())])].filter(
      (start) => start <= from,
    )
    const ascending = starts.sort((a, b) => b - a)
    const start = ascending.find((each) => effectiveRows(since(all, each)) >= ROWS_NEEDED) ?? from
    const window = since(all, start)
    const judged = judge(window, kinds)
    const name = metricFor(project, judged)
    const metric = name === undefined ? undefined : judged.metrics.get(name)
    const rows = effectiveRows(window)
    const basis = { rows: judged.rows, outcomes: judged.outcomes, effective_rows: rows }
    if (name === undefined || metric === undefined) {
      return { verdict: 'insufficient_data', severity: undefined, from: new Date(start), details: basis }
    }
    const trained = (await trainedOf(project.projectId, [version])).get(version) ?? {}
    const promised = promiseOf(project, name, trained)
    const looksPerDay = 24 / words.window_hours
    const level = levelOf({ daysPerFalseAlarm: words.days_per_false_alarm, tests, looksPerDay })
    const details = {
      ...basis,
      ...{ metric: name, value: metric.value, interval: metric.interval, level },
      ...(promised === undefined ? {} : { promised: promised.value, promised_by: promised.source }),
    }
    return { ...judgePerformance(name, metric, rows, promised, level), from: new Date(start), details }
  }
}

function since(all: readonly StoredSums[], from: number): StoredSums[] {
  return all.filter(({ startsAt }) => startsAt.getTime() >= from)
}

function effectiveRows(all: readonly StoredSums[]): number {
  return effectiveCount(all.map(({ weight, sums }) => ({ weight, count: labelledIn(sums) })))
}

const USUAL = ['accuracy', 'r2'] as const

/** What the project is judged by, where it can be; else the usual one. */
function metricFor({ metric }: Project, { metrics }: Judged): string | undefined {
  const wanted = metric === null ? undefined : plainMetric(metric)
  return [wanted, ...USUAL].find((name) => name !== undefined && metrics.has(name))
}

/** The threshold of the policy where it has one for the metric, else what the training measured. */
function promiseOf(
  { review: { metric, atLeast } }: Project,
  name: string,
  trained: Readonly<Record<string, number | null>>,
): PromisedMetric | undefined {
  if (metric !== null && atLeast !== null && plainMetric(metric) === name) {
    return { source: 'review policy', value: atLeast, rows: undefined }
  }
  const source = metricsFor(name).find((each) => typeof trained[each] === 'number')
  if (source === undefined) return undefined
  const rowsName = source.startsWith('validation_') ? 'validation_rows' : 'training_rows'
  return { source, value: trained[source] as number, rows: trained[rowsName] ?? undefined }
}
