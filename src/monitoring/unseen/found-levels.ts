// Which levels the training never saw are the most frequent ones of a window, over all workers.
import type { Logger } from 'pino'
import type { Queryable } from '../../database/pool.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { SealedError } from '../../encryption/sealed-layout.ts'
import type { UnseenCounts } from '../../prediction/rows-watch.ts'
import type { Slot, Window } from '../drift/look.ts'
import { CountedLevels } from './counted-levels.ts'
import { levelsOf } from './stored-levels.ts'
import { WRITTEN_MAX } from './unseen-levels.ts'
import { listUnseen, type StoredUnseen } from './unseen-levels-table.ts'

const PAGE_ROWS = 50
/** Rows of the table that are read for one answer, the newest, and levels in them; a page more at the most. */
const ROWS_MAX = 20_000
const LEVELS_MAX = 400_000

/** By column, the most frequent levels, each with at least so many rows. */
export type FoundUnseen = ReadonlyMap<string, readonly (readonly [level: string, rowCount: number])[]>

export interface FoundLevelsParts {
  readonly ownSchema: { readonly pool: Queryable }
  readonly keys: KeyRing
  /** Whether rows of the project are kept. At once. */
  readonly keepsRows: (projectId: number) => boolean
  /** What this process has counted and not written. At once. */
  readonly waitingOf: (slot: Slot, window: Window) => readonly UnseenCounts[]
  readonly log: Logger
}

export class FoundLevels {
  private readonly parts: FoundLevelsParts

  constructor(parts: FoundLevelsParts) {
    this.parts = parts
  }

  /**
   * Empty where the project keeps no rows now. What cannot be read, for its key is not there, is left out and told in the log, and
   * so are the oldest rows of more than are read. Throws what the database throws. O(rows of the window).
   */
  async of(slot: Slot, window: Window): Promise<FoundUnseen> {
    const { ownSchema, keys, keepsRows, waitingOf, log } = this.parts
    const { projectId } = slot
    if (!keepsRows(projectId)) return new Map()
    const found = new CountedLevels()
    let unread = 0
    let read = 0
    let after: StoredUnseen | undefined
    for (;;) {
      const page = await listUnseen(ownSchema.pool, { ...slot, ...window }, PAGE_ROWS, after)
      for (const row of page) {
        try {
          found.add(levelsOf(row, keys))
        } catch (error) {
          if (!(error instanceof SealedError)) throw error
          unread += 1
        }
      }
      read += page.length
      after = page.at(-1)
      if (page.length < PAGE_ROWS) break
      if (read >= ROWS_MAX || found.addedCount >= LEVELS_MAX) {
        log.warn({ projectId, rows: read }, 'levels of the newest part of the window are told')
        break
      }
    }
    // Behind the table: what is written meanwhile is then missing, and nothing counts twice.
    found.add(waitingOf(slot, window))
    if (unread > 0) log.warn({ projectId, rows: unread }, 'levels are sealed with a key that is not there')
    return found.top(WRITTEN_MAX)
  }
}
