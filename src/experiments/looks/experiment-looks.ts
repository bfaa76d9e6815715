// Looks at what runs, whichever worker does it: counted, judged, kept, and concluded at the first decision, all of a look in one
// transaction. A look that was broken off has left nothing behind, and is made again.
import type { Logger } from 'pino'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import type { Transaction } from '../../database/pool.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { ChangeLog, Changes } from '../../deployments/changes.ts'
import type { AnswerKinds } from '../../monitoring/performance/answer-kinds.ts'
import type { Projects } from '../../projects/projects.ts'
import type { Experiment, Phase } from '../experiment.ts'
import { findExperiment, lockExperiment, RUNNING_MAX, writeLastLook } from '../experiments-table.ts'
import { listPhases } from '../phases-table.ts'
import type { ExperimentCounts } from '../statistics/counts.ts'
import type { judge } from '../statistics/judge.ts'
import type { Judgement } from '../statistics/judgement.ts'
import { type ConcludeByLookParts, concludeByLook, preparePromotion } from './conclude-by-look.ts'
import { commonAnswers, countExperiment, recountUnits } from './count-experiment.ts'
import { measureArms, newestRowAt } from './counts-table.ts'
import { endOf } from './end-of.ts'
import type { Counted, Look } from './look.ts'
import { type Due, findNewestLook, insertLook, listDue, thinLooks, tryHoldExperiment } from './looks-table.ts'
import { tellWarnings, toldAfter, warningsOf } from './warnings.ts'

export interface ExperimentLooksParts extends ConcludeByLookParts {
  readonly ownSchema: OwnSchema
  readonly answers: Pick<AnswerKinds, 'of'>
  readonly judge: (...asked: Parameters<typeof judge>) => Judgement | Promise<Judgement>
  readonly projects: Pick<Projects, 'lock'>
  readonly changes: Pick<ChangeLog, 'transact'>
  /** Hears of each look that this worker made. */
  readonly onLook: (look: Pick<Look, 'experimentId' | 'isDeciding'>) => void
  /** Hears of each that failed. */
  readonly onFailure: () => void
  readonly log: Logger
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** First key of the lock on looks at one experiment: "MLWX". */
const LOOK_LOCK_CLASS = 0x4d4c5758
/** Outcomes are counted as often as this. */
const TALLY_EVERY_MS = 60_000
/** Counting outcomes takes at most a twentieth of the time: what is large is looked at less often. */
const TALLY_RARITY = 20
/** What fails, or is slow, is looked at after this time. */
const TROUBLE_AFTER_MS = 5_000
/** Looks of this time are all kept; of what is older the first of each hour. */
const KEPT_HOURS = 6

/** all: units and outcomes. units: those alone, with outcomes as they were counted before. */
type Extent = 'all' | 'units'

export class ExperimentLooks {
  private readonly parts: ExperimentLooksParts
  /** By experiment, when its outcomes could not be counted. */
  private readonly failedAt = new Map<number, number>()

  constructor(parts: ExperimentLooksParts) {
    this.parts = parts
  }

  /**
   * Looks at whatever is due. One that fails is logged and counted, and made again; the others go on. Throws what the database
   * throws while it is away. One query where nothing is due.
   */
  async look(signal: AbortSignal): Promise<void> {
    const { ownSchema, now } = this.parts
    if (!(await ownSchema.isUsable())) return
    for (const due of await listDue(ownSchema.pool, RUNNING_MAX)) {
      if (signal.aborted) return
      const failedAt = this.failedAt.get(due.experimentId) ?? Number.NEGATIVE_INFINITY
      const extent = extentOf(due, now(), now() - failedAt >= TALLY_EVERY_MS)
      if (extent !== undefined) await this.tryLook(due.experimentId, extent)
    }
  }

  private async tryLook(experimentId: number, extent: Extent): Promise<void> {
    const { onFailure, log, now } = this.parts
    try {
      await this.lookAt(experimentId, extent)
      if (extent === 'all') this.failedAt.delete(experimentId)
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
      onFailure()
      log.warn({ err: error, experiment: experimentId }, 'a look at an experiment failed; it is made again')
      if (extent === 'units') return
      this.failedAt.set(experimentId, now())
      // Guardrails are looked at even where outcomes cannot be counted.
      await this.tryLook(experimentId, 'units')
    }
  }

  private async lookAt(experimentId: number, extent: Extent): Promise<void> {
    const { changes, onLook, log } = this.parts
    const made = await changes.transact((begun) => this.lookIn(begun, experimentId, extent))
    if (made === undefined) return
    const { concluded } = made
    onLook({ experimentId, isDeciding: concluded !== undefined })
    if (concluded === undefined) return
    const { projectName: project, name, outcome, promotedAs } = concluded
    log.info({ project, experiment: name, outcome, deployment: promotedAs }, 'an experiment is concluded')
  }

  /** Undefined where another worker is at it, or has just been. */
  private async lookIn(
    changes: Changes,
    experimentId: number,
    extent: Extent,
  ): Promise<{ concluded: Experiment | undefined } | undefined> {
    const { judge, projects, now: clock } = this.parts
    const { tx } = changes
    if (!(await tryHoldExperiment(tx, LOOK_LOCK_CLASS, experimentId))) return undefined
    const [due] = await listDue(tx, 1, experimentId)
    const experiment = await findExperiment(tx, experimentId)
    if (due === undefined || experiment === undefined) return undefined
    const lookedAt = new Date(clock())
    if (extentOf(due, lookedAt.getTime(), true) === undefined) return undefined
    const phases = (await listPhases(tx, [experimentId])).get(experimentId) ?? []
    const before = await findNewestLook(tx, experimentId)
    const made = await this.count(tx, { experiment, phases, before: before?.counted, extent })
    const judgement = await judge(experiment.plan, made.counts, timesOf(experiment, lookedAt, extent))
    const warnings = warningsOf(experiment, judgement, made.newestRowAt, lookedAt)
    const told = toldAfter(before?.counted.told ?? [], warnings)
    const end = due.isStopped ? undefined : endOf(experiment, due, judgement)
    const promoted = end && (await preparePromotion(this.parts, experiment, end))
    // Behind the counting, which takes its time: whoever stops or changes it meanwhile does not wait.
    if (promoted !== undefined) await projects.lock(tx, experiment.projectName)
    const held = await lockExperiment(tx, experimentId)
    if (held === undefined || held.revision !== experiment.revision) return undefined
    if (held.state !== (due.isStopped ? 'concluded' : 'running')) return undefined
    const counted = { ...made, warnings, told }
    const isDeciding = due.isStopped || end !== undefined
    const lookId = await insertLook(tx, { experimentId, lookedAt, counted, judgement, isDeciding })
    if (due.isStopped) {
      await writeLastLook(tx, experimentId, lookId)
      return { concluded: undefined }
    }
    await tellWarnings(this.parts.notices, tx, held, warnings, before?.counted.told ?? [])
    await thinLooks(tx, experimentId, lookedAt, KEPT_HOURS)
    return {
      concluded: end && (await concludeByLook(this.parts, changes, held, { ...end, decidingLook: lookId }, promoted)),
    }
  }

  private async count(
    tx: Transaction,
    {
      experiment,
      phases,
      before,
      extent,
    }: { experiment: Experiment; phases: readonly Phase[]; before: Counted | undefined; extent: Extent },
  ): Promise<Omit<Counted, 'warnings' | 'told'>> {
    const { now } = this.parts
    const { experimentId, plan } = experiment
    const newest = (await newestRowAt(tx, experimentId))?.toISOString() ?? null
    if (extent === 'units') {
      const isSame = before?.counts.phases.length === phases.length
      const counts = isSame
        ? await recountUnits(tx, experiment, phases, before.counts)
        : await countExperiment(tx, experiment, phases, undefined)
      const { arms = [], talliedAt = new Date(0).toISOString(), tallyMs = 0 } = before ?? {}
      return { counts, arms, newestRowAt: newest, talliedAt, tallyMs }
    }
    const startedAt = now()
    const counts = await this.countAll(tx, experiment, phases)
    const times = await measureArms(tx, experimentId)
    const arms = plan.arms.map((_, i) => {
      const { rows = 0, p50Ms = null, p95Ms = null, p99Ms = null } = times.find(({ arm }) => arm === i) ?? {}
      return { rows, p50Ms, p95Ms, p99Ms }
    })
    const talliedAt = new Date(startedAt).toISOString()
    return { counts, arms, newestRowAt: newest, talliedAt, tallyMs: now() - startedAt }
  }

  private async countAll(tx: Transaction, experiment: Experiment, phases: readonly Phase[]): Promise<ExperimentCounts> {
    const { answers, log } = this.parts
    const { experimentId, projectId, plan } = experiment
    const kinds = await Promise.all(plan.arms.map(({ version }) => answers.of(projectId, version)))
    const common = commonAnswers(kinds)
    if (common === undefined) {
      log.warn(
        { experiment: experimentId },
        'what the arms of an experiment answer is not known; outcomes do not count',
      )
    }
    return countExperiment(tx, experiment, phases, common)
  }
}

/** What is due of an experiment now; undefined where nothing is. */
function extentOf(due: Due, now: number, mayTally: boolean): Extent | undefined {
  const { isStopped, lookedAt, talliedAt, tallyMs, isInTrouble } = due
  if (isStopped) return mayTally ? 'all' : undefined
  const since = (time: Date | null): number => (time === null ? Number.POSITIVE_INFINITY : now - time.getTime())
  // Nothing of it is divided any more: there is time for its last figures.
  const isOver = due.isArchived || due.activeDeploymentId !== due.deploymentId
  if (mayTally && (isOver || since(talliedAt) >= Math.max(TALLY_EVERY_MS, TALLY_RARITY * tallyMs))) return 'all'
  if (isOver || due.revokedVersion !== null) return 'units'
  return isInTrouble && since(lookedAt) >= TROUBLE_AFTER_MS ? 'units' : undefined
}

/** The last look counts everything. */
function timesOf({ assignsUntil, plan: { labelWindowHours } }: Experiment, now: Date, extent: Extent) {
  const until = assignsUntil?.getTime() ?? Number.POSITIVE_INFINITY
  return {
    assignmentEnded: now.getTime() >= until,
    labelsAwaited: extent === 'all' && now.getTime() >= until + labelWindowHours * 3_600_000,
  }
}
