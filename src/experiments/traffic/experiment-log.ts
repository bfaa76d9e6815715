// What experiments have seen in this process: taken beside predictions, and written by one flusher.
import type { Logger } from 'pino'
import { BatchFlusher } from '../../monitoring/log/batch-flusher.ts'
import type { DropReason } from '../../monitoring/log/try-to-write.ts'
import { idOfRow } from '../../prediction/prediction-ids.ts'
import type { ExperimentRow, UnitMark } from './exposures-table.ts'
import { EXPOSED, FAILED, type KnownUnit, SLOW } from './known-units.ts'

const BATCH = 2_000
/** Marks of units that wait, and rows. */
const WAITING_MAX = 100_000
/** Characters of the answers of all rows that wait. */
const ANSWERS_LENGTH_MAX = 2 ** 24

export interface ExperimentBatch {
  readonly marks: readonly UnitMark[]
  readonly rows: readonly ExperimentRow[]
}

/** With the unit as it is remembered. */
interface TakenMark extends UnitMark {
  readonly known: KnownUnit
}

interface TakenBatch extends ExperimentBatch {
  readonly marks: readonly TakenMark[]
}

/** A row whose id is written when it leaves: that is behind the answer. */
export interface TakenRow extends Omit<ExperimentRow, 'predictionId'> {
  /** What the ids of its request begin with. */
  readonly idPrefix: string
  /** Its number in the request. */
  readonly row: number
}

export interface ExperimentLogParts {
  /** All of a batch or nothing; once, however often it is called with it. */
  readonly write: (batch: ExperimentBatch) => Promise<void>
  /** Marks and rows that will not be written. */
  readonly onDropped: (reason: DropReason, count: number) => void
  readonly log: Logger
  readonly waitingMax?: number
  readonly triedMs?: number
}

/** Takes what is told at once, waits for nothing and throws nothing. */
export class ExperimentLog {
  private readonly waitingMax: number
  private readonly flusher: BatchFlusher<TakenBatch>
  private marks: TakenMark[] = []
  private rows: TakenRow[] = []
  private answersLength = 0

  constructor(parts: ExperimentLogParts) {
    this.waitingMax = parts.waitingMax ?? WAITING_MAX
    const { write, onDropped, log, triedMs } = parts
    this.flusher = new BatchFlusher<TakenBatch>({
      waitingCount: () => this.waitingCount,
      take: () => this.takeBatch(),
      sizeOf: ({ marks, rows }) => marks.length + rows.length,
      writerOf: (batch) => () => write(batch),
      // Whoever comes again is told again.
      onLost({ marks }) {
        for (const { known } of marks) known.told = 0
      },
      onDropped,
      words: {
        failed: 'what experiments have seen could not be written',
        dropped: 'what experiments see is lost until it can be written again',
      },
      ...{ log, triedMs },
    })
  }

  /** Marks and rows that wait to be written. */
  get waitingCount(): number {
    return this.marks.length + this.rows.length
  }

  /** Its first request came at a time, in milliseconds since 1970. What was told of the unit before is left out. O(1). */
  expose(unit: KnownUnit, at: number): void {
    if ((unit.told & EXPOSED) === 0) this.take(unit, EXPOSED, { at })
  }

  /** A request of it that came then has failed. */
  fail(unit: KnownUnit, at: number): void {
    if ((unit.told & FAILED) === 0) this.take(unit, FAILED, { at, failedAt: at })
  }

  /** A request of it that came then took too long. */
  slow(unit: KnownUnit, at: number): void {
    if ((unit.told & SLOW) === 0) this.take(unit, SLOW, { at, slowAt: at })
  }

  /** O(answers). */
  add(row: TakenRow): void {
    const length = lengthOf(row)
    const isFull = this.rows.length >= this.waitingMax || this.answersLength + length > ANSWERS_LENGTH_MAX
    if (isFull || this.flusher.isEnded) {
      this.flusher.refuse(1)
      return
    }
    this.rows.push(row)
    this.answersLength += length
    if (this.rows.length >= BATCH) this.flusher.kick()
  }

  start(): void {
    this.flusher.start()
  }

  flush(): Promise<void> {
    return this.flusher.flush()
  }

  close(): Promise<void> {
    return this.flusher.close()
  }

  private takeBatch(): TakenBatch {
    const marks = this.marks.splice(0, BATCH)
    const taken = this.rows.splice(0, BATCH)
    this.answersLength -= taken.reduce((sum, row) => sum + lengthOf(row), 0)
    const rows = taken.map(({ idPrefix, row, ...rest }) => ({ ...rest, predictionId: idOfRow(idPrefix, row) }))
    return { marks, rows }
  }

  private take(known: KnownUnit, bit: number, times: Pick<UnitMark, 'at' | 'failedAt' | 'slowAt'>): void {
    if (this.marks.length >= this.waitingMax || this.flusher.isEnded) {
      this.flusher.refuse(1)
      return
    }
    const { experimentId, phase, unit, arm } = known
    this.marks.push({ known, experimentId, phase, unit, arm, ...times })
    known.told |= bit
    if (this.marks.length >= BATCH) this.flusher.kick()
  }
}

function lengthOf({ answers }: Pick<ExperimentRow, 'answers'>): number {
  let length = 0
  for (const answer of answers) length += answer?.length ?? 0
  return length
}
