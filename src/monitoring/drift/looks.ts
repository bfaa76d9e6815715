// Looks at the windows that are over, for all projects. Any worker may do it: a window of a slot is looked at once, since the
// table takes one look, and what it tells the alerts is in the same transaction.
import type { Logger } from 'pino'
import type { Signals } from '../../alerts/signals.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction } from '../../database/pool.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { CellCounts, VersionCounts } from '../cells/cell-counts.ts'
import type { MonitoringSettings } from '../log/monitoring-settings.ts'
import { testsIn } from './column-counts.ts'
import { type DriftPolicy, driftPolicyOf } from './drift-policy.ts'
import { judgeSlot } from './judge-slot.ts'
import type { NewLook, Slot, Window } from './look.ts'
import { earlierLooksOf, insertLook } from './looks-table.ts'
import { listLookedSince, listServedSince, type ServedSlot } from './served-table.ts'
import { signalsOf } from './signals-of.ts'
import { CLOSED_AFTER_MS, closedWindows, DAY_MS, HOUR_MS } from './windows.ts'

export interface LooksParts {
  readonly ownSchema: OwnSchema
  readonly counts: Pick<CellCounts, 'of'>
  readonly settings: Pick<MonitoringSettings, 'of'>
  readonly signals: Signals
  /** Hears of each look that this worker made. */
  readonly onLook: (look: NewLook) => void
  /** Hears of each that failed. */
  readonly onFailure: () => void
  readonly log: Logger
  /** Milliseconds since 1970. Default: Date.now. */
  readonly now?: () => number
}

/** How far back windows are looked at that were not: of workers that were away for longer the older ones are left out. */
const BACK_DAYS = 8
/** Windows of a project that are looked for at once. */
const WINDOWS_MAX = 48
/** Slots of all projects. */
const SLOTS_MAX = 20_000

/** One window of a project. */
interface WindowWork {
  readonly window: Window
  /** All slots of the window: they share its level. */
  readonly active: readonly ServedSlot[]
  /** Those without a look. */
  readonly due: readonly ServedSlot[]
  readonly policy: DriftPolicy
  readonly signal: AbortSignal
}

export class Looks {
  private readonly parts: LooksParts
  /** The hour until which all is looked at, by this worker or another one. */
  private doneHour = 0

  constructor(parts: LooksParts) {
    this.parts = parts
  }

  /**
   * Makes the looks that are due. One that fails is logged and counted, and tried again by the next call; the others go on.
   * Throws what the database throws before the first look. O(slots of eight days) once an hour, nothing in between.
   */
  async makeDue(signal: AbortSignal): Promise<void> {
    const { ownSchema, log, now: clock = Date.now } = this.parts
    const now = clock()
    const hour = Math.floor((now - CLOSED_AFTER_MS) / HOUR_MS)
    if (hour === this.doneHour || !(await ownSchema.isUsable())) return
    const since = new Date(now - BACK_DAYS * DAY_MS)
    const served = await listServedSince(ownSchema.pool, since, SLOTS_MAX)
    if (served.length === SLOTS_MAX) log.warn({ slots: SLOTS_MAX }, 'more versions predict than are looked at')
    const looked = await listLookedSince(ownSchema.pool, since)
    let failures = 0
    for (const [projectId, slots] of Map.groupBy(served, (slot) => slot.projectId)) {
      try {
        const policy = driftPolicyOf(await this.parts.settings.of(projectId))
        if (policy.told.length === 0) continue
        for (const window of closedWindows(now, policy.windowHours, WINDOWS_MAX)) {
          if (window.to < since) continue
          const active = slots.filter((slot) => isActiveIn(slot, window))
          const due = active.filter((slot) => !looked.has(keyOf(slot, window)))
          if (due.length > 0) failures += await this.lookAtWindow({ window, active, due, policy, signal })
          if (signal.aborted) return
        }
      } catch (error) {
        failures += 1
        this.failed(error, { project: slots[0]?.projectName })
      }
    }
    if (failures === 0) this.doneHour = hour
  }

  /** Gives how many looks failed. Throws what reading the counts throws. */
  private async lookAtWindow({ window, active, due, policy, signal }: WindowWork): Promise<number> {
    const counted = await this.countsOf(active, window, policy)
    const tests = testsIn([...counted.values()], window, policy.anomalyShare)
    let failures = 0
    for (const slot of new Map(due.map((each) => [slotKeyOf(each), each])).values()) {
      if (signal.aborted) return failures
      try {
        await this.look(slot, window, { counted: counted.get(slotKeyOf(slot)), policy, tests })
      } catch (error) {
        failures += 1
        const { projectName: project, environment, version } = slot
        this.failed(error, { project, environment, version, until: window.to })
      }
    }
    return failures
  }

  /** By slot, of the window and of the time before that it may be widened by. */
  private async countsOf(
    active: readonly ServedSlot[],
    window: Window,
    { windowHours, windowHoursMax }: DriftPolicy,
  ): Promise<Map<string, VersionCounts>> {
    const counted = new Map<string, VersionCounts>()
    const from = new Date(Math.min(window.from.getTime(), window.to.getTime() - windowHoursMax * HOUR_MS))
    const by = windowHours % 24 === 0 ? 'day' : 'hour'
    for (const { projectId, environment } of new Map(active.map((slot) => [slot.environment, slot])).values()) {
      for (const counts of await this.parts.counts.of({ projectId, environment, from, to: window.to, by })) {
        counted.set(slotKeyOf({ projectId, environment, version: counts.version }), counts)
      }
    }
    return counted
  }

  private async look(
    slot: ServedSlot,
    window: Window,
    { counted, policy, tests }: { counted: VersionCounts | undefined; policy: DriftPolicy; tests: number },
  ): Promise<void> {
    const { ownSchema, signals, onLook, now: clock = Date.now } = this.parts
    const earlier = await earlierLooksOf(ownSchema.pool, slot, window, policy)
    const look = await judgeSlot({ slot, window, counted, policy, tests, ...earlier })
    const isNew = await inTransaction(ownSchema.pool, async (tx) => {
      if (!(await insertLook(tx, look, new Date(clock())))) return false
      for (const told of signalsOf(look, policy.told)) await signals.tell(tx, told)
      return true
    })
    if (isNew) onLook(look)
  }

  private failed(error: unknown, what: object): void {
    const { log, onFailure } = this.parts
    onFailure()
    if (isDatabaseUnavailable(error)) log.debug({ err: error, ...what }, 'a look at drift waits for the database')
    else log.warn({ err: error, ...what }, 'a look at drift failed; it is tried again')
  }
}

function isActiveIn({ activeFrom, activeUntil }: ServedSlot, { from, to }: Window): boolean {
  return activeFrom < to && (activeUntil === null || activeUntil >= from)
}

function slotKeyOf({ projectId, environment, version }: Slot): string {
  return `${projectId}/${environment}/${version}`
}

/** As listLookedSince has it. */
function keyOf(slot: Slot, { to }: Window): string {
  return `${slotKeyOf(slot)}/${to.getTime()}`
}
