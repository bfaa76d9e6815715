// What begins a retraining without a person: the schedule of a project, and what looks tell of its windows.
import type { Logger } from 'pino'
import type { Signal, Signals } from '../../alerts/signals.ts'
import { isAtLeast } from '../../alerts/signals.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import { findProject } from '../../projects/projects-table.ts'
import { type HeardWindow, type RetrainingPolicy, SIGNALLED, type Signalled } from './retraining.ts'
import { listDue, lockPolicy, writeHeard, writeNextDue } from './retraining-policies-table.ts'
import type { Retrainings } from './retrainings.ts'
import { lastEndOf } from './retrainings-table.ts'
import { nextAfter } from './schedule.ts'

export interface BeginningsParts {
  readonly ownSchema: OwnSchema
  readonly retrainings: Pick<Retrainings, 'beginBy'>
  readonly log: Logger
  readonly now: () => Date
}

/** Windows of a cause that are remembered: as many as a policy may count. */
const HEARD_MAX = 30
const DAY_MS = 86_400_000
const PAGE_LENGTH = 100

export class Beginnings implements Signals {
  private readonly parts: BeginningsParts
  private readonly alerts: Signals

  /** alerts: hears of each signal first. */
  constructor(parts: BeginningsParts, alerts: Signals) {
    this.parts = parts
    this.alerts = alerts
  }

  /** In the transaction of the look: a window that is told again counts once. */
  async tell(tx: Transaction, signal: Signal): Promise<void> {
    await this.alerts.tell(tx, signal)
    const { kind, projectId, environment, verdict } = signal
    const cause = SIGNALLED.find((each) => each === kind)
    if (cause === undefined || projectId === undefined || verdict === 'insufficient_data') return
    const stored = await lockPolicy(tx, projectId)
    if (stored === undefined || !stored.policy.on.includes(cause) || stored.policy.environment !== environment) return
    const heard = withWindow(stored.heard, cause, signal, stored.policy)
    if (!isBadEnough(heard, cause, stored.policy)) return writeHeard(tx, projectId, heard)
    const begun = await this.begin(tx, projectId, stored.policy, cause, notedOf(heard, cause, stored.policy))
    // Where one is open or just ended, the windows go on to count.
    await writeHeard(tx, projectId, begun ? [] : heard)
  }

  /** Begins what is due by schedules. */
  async beginDue(signal: AbortSignal): Promise<void> {
    const { ownSchema, now, log } = this.parts
    for (const projectId of await listDue(ownSchema.pool, PAGE_LENGTH)) {
      signal.throwIfAborted()
      await inTransaction(ownSchema.pool, async (tx) => {
        const stored = await lockPolicy(tx, projectId)
        const { policy, nextDueAt } = stored ?? {}
        if (policy === undefined || policy.cron === null || nextDueAt == null || nextDueAt > now()) return
        const begun = await this.begin(tx, projectId, policy, 'schedule', `due at ${nextDueAt.toISOString()}`)
        if (!begun) log.info({ projectId }, 'a retraining is due, and another one is open or has just ended')
        await writeNextDue(tx, projectId, nextAfter(policy.cron, now()))
      })
    }
  }

  private async begin(
    tx: Transaction,
    projectId: number,
    policy: RetrainingPolicy,
    cause: Signalled | 'schedule',
    note: string,
  ): Promise<boolean> {
    const project = await findProject(tx, projectId)
    if (project === undefined || project.archivedAt !== null) return false
    const ended = await lastEndOf(tx, projectId)
    const isCooling = ended !== undefined && this.parts.now().getTime() < ended.getTime() + policy.cooldownDays * DAY_MS
    if (isCooling) return false
    return (await this.parts.retrainings.beginBy(tx, project, policy, cause, note)) !== undefined
  }
}

/** The windows with one more, the oldest first. */
function withWindow(
  heard: readonly HeardWindow[],
  cause: Signalled,
  { window, verdict, severity = 'medium' }: Signal,
  policy: RetrainingPolicy,
): HeardWindow[] {
  const end = window.to.getTime()
  const isBad = verdict === 'bad' && isAtLeast(severity, policy.severity)
  const others = heard.filter((each) => each.cause !== cause)
  const own = heard.filter((each) => each.cause === cause && each.end !== end)
  const all = [...own, { cause, end, isBad }].sort((a, b) => a.end - b.end)
  return [...others, ...all.slice(-HEARD_MAX)]
}

function lastOf(heard: readonly HeardWindow[], cause: Signalled, { ofWindows }: RetrainingPolicy): HeardWindow[] {
  return heard.filter((each) => each.cause === cause).slice(-ofWindows)
}

function isBadEnough(heard: readonly HeardWindow[], cause: Signalled, policy: RetrainingPolicy): boolean {
  return lastOf(heard, cause, policy).filter(({ isBad }) => isBad).length >= policy.badWindows
}

function notedOf(heard: readonly HeardWindow[], cause: Signalled, policy: RetrainingPolicy): string {
  const last = lastOf(heard, cause, policy)
  const bad = last.filter(({ isBad }) => isBad).length
  return `${cause} was ${policy.severity} or graver in ${bad} of the last ${last.length} windows`
}
