// Which levels the training never saw are the most frequent ones of a window, over all workers.
import type { Logger } from 'pino'
import { FrequentTexts } from '../../cells/frequent-texts.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { SealedError } from '../../encryption/sealed-layout.ts'
import type { Slot, Window } from '../drift/look.ts'
import { levelsOf } from './stored-levels.ts'
import { WRITTEN_MAX } from './unseen-levels.ts'
import { BEFORE_ALL, listUnseen, type StoredUnseen } from './unseen-levels-table.ts'

const PAGE_ROWS = 200
/** Rows of the table that are read for one answer. */
const ROWS_MAX = 20_000
/** Levels of a column that are counted over all of them. */
const COUNTED_MAX = 1_000
const COLUMNS_MAX = 1_000

/** By column, the most frequent levels, each with at least so many rows. */
export type FoundUnseen = ReadonlyMap<string, readonly (readonly [level: string, rowCount: number])[]>

export interface FoundLevelsParts {
  readonly ownSchema: OwnSchema
  readonly keys: KeyRing
  /** Writes what this process has counted; throws nothing. */
  readonly flush: () => Promise<void>
  readonly log: Logger
}

export class FoundLevels {
  private readonly parts: FoundLevelsParts

  constructor(parts: FoundLevelsParts) {
    this.parts = parts
  }

  /**
   * Empty where the project keeps no rows. What cannot be read, for its key is not there, is left out and told in the log. Throws
   * what the database throws. O(rows of the window).
   */
  async of({ projectId, environment, version }: Slot, { from, to }: Window): Promise<FoundUnseen> {
    const { ownSchema, keys, flush, log } = this.parts
    await flush()
    const found = new Map<string, FrequentTexts>()
    let unread = 0
    let after = BEFORE_ALL
    for (let read = 0; read < ROWS_MAX; ) {
      const page = await listUnseen(ownSchema.pool, { projectId, environment, version, from, to }, PAGE_ROWS, after)
      for (const row of page) {
        try {
          addLevels(found, levelsOf(row, keys))
        } catch (error) {
          if (!(error instanceof SealedError)) throw error
          unread += 1
        }
      }
      read += page.length
      after = page.at(-1) as StoredUnseen
      if (page.length < PAGE_ROWS) break
      if (read >= ROWS_MAX) log.warn({ projectId, rows: ROWS_MAX }, 'levels of a part of the window are told')
    }
    if (unread > 0) log.warn({ projectId, rows: unread }, 'levels are sealed with a key that is not there')
    return new Map([...found].map(([column, texts]) => [column, texts.top(WRITTEN_MAX)]))
  }
}

function addLevels(found: Map<string, FrequentTexts>, columns: ReturnType<typeof levelsOf>): void {
  for (const { column, levels } of columns) {
    let texts = found.get(column)
    if (texts === undefined) {
      if (found.size >= COLUMNS_MAX) continue
      texts = new FrequentTexts(COUNTED_MAX)
      found.set(column, texts)
    }
    for (const [level, count] of levels) texts.add(level, count)
  }
}
