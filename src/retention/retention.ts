// What is kept for a time: rooms register it, and what is older is removed here.
import type { Logger } from 'pino'
import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../caller.ts'

/** A kind of thing that a room keeps for so many days. */
export interface KeptKind {
  /** Unique: "run-records". */
  readonly name: string
  readonly keptDays: number
  /** What it is, where it lies, and which setting keeps it, for operators. */
  readonly describe: string
  /** "shared": in the database or the store, so one worker removes for all. "worker": in the folder of each. */
  readonly reach: 'shared' | 'worker'
  /** How many there are beyond their time. Changes nothing. */
  countOld(signal: AbortSignal): Promise<number>
  /** How many beyond their time are kept all the same, since something needs them. Absent where nothing is. */
  countInUse?(signal: AbortSignal): Promise<number>
  /** Removes some of them, no more than one statement should; gives how many, and 0 when none are left. */
  deleteOld(signal: AbortSignal): Promise<number>
}

export interface DueKind {
  readonly kind: KeptKind
  readonly due: number
  /** Beyond their time too, and kept since something needs them. */
  readonly inUse: number
}

const WORKER: Caller = { actor: 'worker/retention', address: null, requestId: null }

export interface RetentionParts {
  readonly audit: Pick<Audit, 'announce'>
  readonly log: Logger
}

export class Retention {
  private readonly parts: RetentionParts
  private readonly kinds: KeptKind[] = []

  constructor(parts: RetentionParts) {
    this.parts = parts
  }

  register(kind: KeptKind): void {
    if (this.kinds.some(({ name }) => name === kind.name)) throw new Error(`there are two kinds ${kind.name}`)
    this.kinds.push(kind)
  }

  /** Every kind, with how many are beyond their time now. Throws what counting throws. */
  async due(signal: AbortSignal): Promise<DueKind[]> {
    return countDue(this.kinds, signal)
  }

  /** Removes what is beyond its time, kind by kind; one that fails is logged, and the others go on. */
  async remove(reach: KeptKind['reach'], signal: AbortSignal): Promise<void> {
    const { audit, log } = this.parts
    for (const kind of this.kinds.filter((each) => each.reach === reach)) {
      if (signal.aborted) return
      try {
        const removed = await removeOld(kind, signal, (event) => audit.announce({ caller: WORKER, ...event }))
        if (removed > 0) log.info({ kind: kind.name, removed }, 'what was kept long enough is removed')
      } catch (error) {
        log.warn({ err: error, kind: kind.name }, 'what was kept long enough could not be removed')
      }
    }
  }
}

export async function countDue(kinds: readonly KeptKind[], signal: AbortSignal): Promise<DueKind[]> {
  const due: DueKind[] = []
  for (const kind of kinds) {
    due.push({ kind, due: await kind.countOld(signal), inUse: (await kind.countInUse?.(signal)) ?? 0 })
  }
  return due
}

export interface RemovalEvent {
  readonly action: 'retention.remove'
  readonly resource: string
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * Removes all of a kind that is beyond its time, part by part, until the signal. Nothing is removed before it is
 * announced: an entry of the audit says how many were due then, and how many are kept since they are in use. Gives how many were removed.
 */
export async function removeOld(
  kind: KeptKind,
  signal: AbortSignal,
  announce: (event: RemovalEvent) => Promise<void>,
): Promise<number> {
  const due = await kind.countOld(signal)
  if (due === 0) return 0
  const inUse = await kind.countInUse?.(signal)
  const details = { kept_days: kind.keptDays, due, ...(inUse === undefined ? {} : { in_use: inUse }) }
  await announce({ action: 'retention.remove', resource: `retention/${kind.name}`, details })
  let removed = 0
  while (!signal.aborted) {
    const some = await kind.deleteOld(signal)
    if (some === 0) break
    removed += some
  }
  return removed
}
