// Keeps the sums of hours and days up with the log and the outcomes: each marked hour is summed anew from its rows, so what
// is there is exact however often and in whichever order rows came.
import type { Logger } from 'pino'
import { SUMS_LOCK_CLASS } from '../../database/lock-kinds.ts'
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../../database/pool.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import { KickedLooks } from '../../kicked-looks.ts'
import { DAY_MS } from '../../model/times.ts'
import type { AnswerKinds } from './answer-kinds.ts'
import { outcomesOfClasses } from './answers.ts'
import { listMarkedDays, type MarkedDay, takeMarks, tryHoldSums } from './marks-table.ts'
import { addedUp, classSumsOf, numberSumsOf } from './sums-of-hour.ts'
import {
  hasPredictions,
  listLoggedVersions,
  listSums,
  matchOutcomes,
  type ProjectSpan,
  replaceSums,
  type StoredSums,
  sumClasses,
  sumNumbers,
} from './sums-table.ts'

export interface SummingParts {
  readonly ownSchema: OwnSchema
  readonly answers: Pick<AnswerKinds, 'of'>
  /** For how many days the predictions of a project are kept. */
  readonly keptDaysOf: (projectId: number) => Promise<number>
  readonly now: () => number
  readonly log: Logger
}

const HOUR_MS = 3_600_000
const DAYS_AT_ONCE = 100
/** From what is marked to the first look: more of it may come at once. */
const KICK_MS = 100

export class Summing {
  private readonly parts: SummingParts
  private readonly looks: KickedLooks

  constructor(parts: SummingParts) {
    this.parts = parts
    const onFailure = (error: unknown): void => this.logged(error)
    this.looks = new KickedLooks({ look: (signal) => this.lookNow(signal), afterMs: KICK_MS, onFailure })
  }

  /** Looks soon. */
  kick(): void {
    this.looks.kick()
  }

  /** Sums what is marked, days one after the other. Throws what the database throws. */
  look(): Promise<void> {
    return this.looks.look()
  }

  close(): Promise<void> {
    return this.looks.close()
  }

  private async lookNow(signal: AbortSignal): Promise<void> {
    const { ownSchema } = this.parts
    if (!(await ownSchema.isUsable())) return
    for (;;) {
      const days = await listMarkedDays(ownSchema.pool, DAYS_AT_ONCE)
      let isSummed = false
      for (const day of days) {
        if (signal.aborted) return
        // One that cannot be summed keeps its marks, and holds up none of the others.
        const isDone = await this.sumDay(day).catch((error) => this.logged(error))
        isSummed ||= isDone === true
      }
      // Others are at what is left, or it is looked at again later.
      if (!isSummed) return
    }
  }

  /** False where another worker is at the project. */
  private async sumDay(marked: MarkedDay): Promise<boolean> {
    const { ownSchema, keptDaysOf, now } = this.parts
    const { projectId, day } = marked
    const keptFrom = now() - (await keptDaysOf(projectId)) * DAY_MS
    return inTransaction(ownSchema.pool, async (tx) => {
      if (!(await tryHoldSums(tx, SUMS_LOCK_CLASS, projectId))) return false
      const ofDay = { projectId, from: day, to: new Date(day.getTime() + DAY_MS) }
      const taken = await takeMarks(tx, marked)
      const hasRows = await hasPredictions(tx, ofDay)
      // What was summed stays when its rows have been kept long enough; it goes when they were erased before.
      const hours = taken.filter(({ hour, isDeletedFrom }) => hour.getTime() >= keptFrom && (hasRows || isDeletedFrom))
      for (const { hour: from } of hours) {
        const ofHour = { projectId, from, to: new Date(from.getTime() + HOUR_MS) }
        await matchOutcomes(tx, ofHour)
        await replaceSums(tx, 'hour', ofHour, await this.sumHour(tx, ofHour))
      }
      if (hours.length > 0) {
        await replaceSums(
          tx,
          'day',
          ofDay,
          addedUp(await listSums(tx, 'hour', ofDay)).map((sums) => ({ ...sums, startsAt: day })),
        )
      }
      return true
    })
  }

  private async sumHour(tx: Transaction, hour: ProjectSpan): Promise<StoredSums[]> {
    const { projectId, from: startsAt } = hour
    const found: StoredSums[] = []
    for (const version of await listLoggedVersions(tx, hour)) {
      const answers = await this.parts.answers.of(projectId, version)
      if (answers === undefined) continue
      const sums =
        answers.kind === 'numbers'
          ? numberSumsOf(await sumNumbers(tx, { ...hour, version }), version)
          : classSumsOf(
              await sumClasses(tx, { ...hour, version }, outcomesOfClasses(answers.classes)),
              version,
              answers.classes.length,
              answers.isLargest,
            )
      for (const one of sums) found.push({ ...one, startsAt })
    }
    return found
  }

  private logged(error: unknown): void {
    const { log } = this.parts
    if (this.looks.signal.aborted || isDatabaseUnavailable(error)) {
      log.debug({ err: error }, 'sums of predictions wait for the database')
    } else log.warn({ err: error }, 'predictions could not be summed; that is tried again')
  }
}
