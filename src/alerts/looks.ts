// Looks that belong to no other room: how deployments answer, how trainings and deployments ended, and how long the queue
// is. Whatever was told already counts once, so a turn that was broken off is made again.
import type { Logger } from 'pino'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction } from '../database/pool.ts'
import { isDatabaseUnavailable } from '../database/unavailable.ts'
import type { AnswerFigures, WindowFigures } from '../deployments/serving/window-figures.ts'
import { judgeMeasured } from './judge.ts'
import {
  type ActiveSlot,
  type Ending,
  listActive,
  listEndedDeployments,
  listEndedTrainings,
  listQueues,
} from './looks-table.ts'
import { DEFAULT_RULES } from './rule.ts'
import { findRule } from './rules-table.ts'
import type { Signal, SignalKind, Signals } from './signals.ts'

export interface LooksParts {
  readonly ownSchema: OwnSchema
  readonly signals: Signals
  readonly figures: Pick<AnswerFigures, 'of'>
  /** Called for each part of a look that failed: trainings, deployments, queues or answers. */
  readonly onFailed: (part: string) => void
  readonly log: Logger
  readonly now: () => Date
}

/** The rest follows in the next turn. */
const ENDINGS_AT_ONCE = 200
const PROJECTS_MAX = 1_000
const DEPLOYMENTS_MAX = 1_000
/** The steps of the window of figures. */
const STEP_MS = 300_000
/** Other workers write what they counted within this time. */
const SETTLED_MS = 30_000
/** With fewer requests neither a share nor a percentile says much. */
const REQUESTS_MIN = 20

export class AlertLooks {
  private readonly parts: LooksParts
  /** By deployment, the end of the last step that was looked at. */
  private looked = new Map<number, number>()

  constructor(parts: LooksParts) {
    this.parts = parts
  }

  /** One part that fails is logged, and the others go on. Throws what the database throws while it is away. */
  async look(signal: AbortSignal): Promise<void> {
    const parts = [this.trainings, this.deployments, this.queues, this.answers]
    for (const part of parts) {
      signal.throwIfAborted()
      try {
        await part.call(this, signal)
      } catch (error) {
        if (signal.aborted || isDatabaseUnavailable(error)) throw error
        this.parts.onFailed(part.name)
        this.parts.log.warn({ err: error, look: part.name }, 'a look for alerts failed; it is made again')
      }
    }
  }

  private async trainings(signal: AbortSignal): Promise<void> {
    const { ownSchema, now } = this.parts
    for (const ending of await listEndedTrainings(ownSchema.pool, now(), ENDINGS_AT_ONCE)) {
      signal.throwIfAborted()
      const [, code] = /^([a-z_]{1,64}): /.exec(ending.reason ?? '') ?? []
      // The words of a failure may quote rows.
      const details = { model_run_id: ending.id, ...(code === undefined ? {} : { error_code: code }) }
      await this.tell([endingOf('training_failed', ending, details)])
    }
  }

  private async deployments(signal: AbortSignal): Promise<void> {
    const { ownSchema, now } = this.parts
    for (const ending of await listEndedDeployments(ownSchema.pool, now(), ENDINGS_AT_ONCE)) {
      signal.throwIfAborted()
      const { id, version, reason, isFailure } = ending
      const details = { deployment: id, deployed_version: version, ...(isFailure && reason !== null ? { reason } : {}) }
      await this.tell([endingOf('deployment_failed', ending, details)])
    }
  }

  private async queues(signal: AbortSignal): Promise<void> {
    const { ownSchema, now } = this.parts
    const to = Math.floor(now().getTime() / STEP_MS) * STEP_MS
    const window = { from: new Date(to - STEP_MS), to: new Date(to) }
    for (const { projectId, seconds, trainings } of await listQueues(ownSchema.pool, now(), PROJECTS_MAX)) {
      signal.throwIfAborted()
      const judged = judgeMeasured(seconds, await this.thresholdsOf(projectId, 'queue'))
      const details = { oldest_seconds: Math.round(seconds), trainings }
      const of = { projectId, environment: undefined, version: undefined }
      await this.tell([{ kind: 'queue', ...of, window, ...judged, details }])
    }
  }

  private async answers(signal: AbortSignal): Promise<void> {
    const { ownSchema, now } = this.parts
    const settled = Math.floor((now().getTime() - SETTLED_MS) / STEP_MS) * STEP_MS
    const looked = new Map<number, number>()
    for (const slot of await listActive(ownSchema.pool, DEPLOYMENTS_MAX)) {
      signal.throwIfAborted()
      if (this.looked.get(slot.deploymentId) !== settled) await this.answersOf(slot, settled)
      looked.set(slot.deploymentId, settled)
    }
    this.looked = looked
  }

  private async answersOf(slot: ActiveSlot, settled: number): Promise<void> {
    const { figures, now } = this.parts
    const { deploymentId, activeFrom, toldUntil } = slot
    const since = Math.max(activeFrom.getTime(), toldUntil?.getTime() ?? 0)
    if (since + STEP_MS > settled) return
    const { steps } = await figures.of(deploymentId, '1h', now().getTime())
    const latency = await this.thresholdsOf(slot.projectId, 'latency')
    const errors = await this.thresholdsOf(slot.projectId, 'errors')
    for (const step of steps) {
      if (step.from.getTime() < since || step.to.getTime() > settled) continue
      const share = step.failures / Math.max(1, step.requests)
      await this.tell([
        measured('latency', slot, step, { value: step.p95Ms ?? 0, thresholds: latency, name: 'p95_ms' }),
        measured('errors', slot, step, { value: share, thresholds: errors, name: 'share' }),
      ])
    }
  }

  private async thresholdsOf(projectId: number, kind: 'latency' | 'errors' | 'queue'): Promise<Thresholds> {
    const rule = (await findRule(this.parts.ownSchema.pool, projectId, kind)) ?? DEFAULT_RULES[kind]
    return { threshold: rule.threshold as number, resolveThreshold: rule.resolveThreshold as number }
  }

  private async tell(told: readonly Signal[]): Promise<void> {
    const { ownSchema, signals } = this.parts
    await inTransaction(ownSchema.pool, async (tx) => {
      for (const each of told) await signals.tell(tx, each)
    })
  }
}

type Thresholds = Parameters<typeof judgeMeasured>[1]

function measured(
  kind: SignalKind,
  { deploymentId, projectId, environment, version }: ActiveSlot,
  { from, to, requests, failures }: WindowFigures,
  { value, thresholds, name }: { readonly value: number; readonly thresholds: Thresholds; readonly name: string },
): Signal {
  const judged =
    requests < REQUESTS_MIN
      ? ({ verdict: 'insufficient_data', severity: undefined } as const)
      : judgeMeasured(value, thresholds)
  const details = { deployment: deploymentId, requests, failures, [name]: value, threshold: thresholds.threshold }
  return { kind, projectId, environment, version, window: { from, to }, ...judged, details }
}

/** Without a version: the next one that goes well is another one. */
function endingOf(kind: SignalKind, ending: Ending, details: Signal['details']): Signal {
  const { projectId, environment, isFailure, from, to } = ending
  return {
    ...{ kind, projectId, environment: environment ?? undefined, version: undefined, window: { from, to }, details },
    ...(isFailure ? { verdict: 'bad', severity: 'medium' } : { verdict: 'good', severity: undefined }),
  }
}
