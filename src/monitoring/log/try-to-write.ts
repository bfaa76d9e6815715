// How batches are written that no prediction waits for: they are tried for some time, and then dropped and counted.
import { LOCK_NOT_AVAILABLE } from '../../database/sql-states.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { Retry } from '../../retry.ts'

/** After each attempt at a batch; the last one again and again. */
const WAITS_MS = [200, 1_000, 2_000, 5_000]
/** How long a batch is tried. A ring holds what comes meanwhile. */
export const TRIED_MS = 60_000

/** ring_full: more came than could be written · database: it was away for too long · failed: another error · stopped: the worker ended. */
export const DROP_REASONS = ['ring_full', 'database', 'failed', 'stopped'] as const
export type DropReason = (typeof DROP_REASONS)[number]

/** Gives why it was not written while the database was away or busy; undefined where it was. Throws other errors. */
export async function tryToWrite(
  write: () => Promise<void>,
  retry: Retry,
  triedMs: number,
): Promise<Extract<DropReason, 'database' | 'stopped'> | undefined> {
  const until = performance.now() + triedMs
  for (let failures = 0; ; failures++) {
    try {
      await write()
      return undefined
    } catch (error) {
      if (!isPassing(error)) throw error
      if (retry.isEnded) return 'stopped'
      if (performance.now() >= until) return 'database'
      await retry.wait(WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] as number)
    }
  }
}

function isPassing(error: unknown): boolean {
  return isDatabaseUnavailable(error) || (error as { code?: string }).code === LOCK_NOT_AVAILABLE
}
