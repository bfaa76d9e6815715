// How the deployments of this process answer, counted in memory minute by minute, and written to the table now and then.
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { ServiceError } from '../../errors.ts'
import { currentPeriod } from './current-period.ts'
import { CELL_COUNT, cellOf } from './latency-cells.ts'

const MINUTE_MS = 60_000
/** Minutes of deployments that are kept while the database is away; beyond them the oldest are lost. */
const MINUTES_MAX = 5_000
/** Minutes that one statement writes. */
const WRITTEN_AT_ONCE = 500

/** One minute of a deployment in one process. */
export interface MinuteFigures {
  readonly deploymentId: number
  /** When it began, in ms since 1970. */
  readonly startsAt: number
  readonly requests: number
  readonly rows: number
  readonly failures: number
  /** Failures by the codes of their problems. */
  readonly errors: Readonly<Record<string, number>>
  /** Cells that are not empty, in their order. */
  readonly latencyCells: readonly number[]
  readonly latencyCounts: readonly number[]
}

export interface CountsParts {
  /** Writes minutes of a process; what it is given takes the place of what was there of the same minutes. */
  readonly save: (processId: string, minutes: readonly MinuteFigures[]) => Promise<void>
  readonly log: Logger
}

/** The counts of all deployments of this process. */
export class CountedDeployments {
  /** Another start has another one. */
  readonly processId = randomUUID()
  private readonly parts: CountsParts
  /** By deployment and minute; those that are over and written are dropped. */
  private readonly minutes = new Map<string, Minute>()
  private saving: Promise<void> | undefined
  /** Since the last write. */
  private hasLost = false

  constructor(parts: CountsParts) {
    this.parts = parts
  }

  of(deploymentId: number): DeploymentCounts {
    return new DeploymentCounts((startsAt) => this.minuteOf(deploymentId, startsAt))
  }

  /**
   * Writes what was counted since the last time. Throws what `save` throws: then it is still counted, and comes with the next
   * time. Each write tells all of a minute in this process, so that one whose answer was lost counts once.
   */
  save(): Promise<void> {
    this.saving ??= this.saveAll().finally(() => {
      this.saving = undefined
    })
    return this.saving
  }

  private minuteOf(deploymentId: number, startsAt: number): Minute {
    const key = `${deploymentId}/${startsAt}`
    let minute = this.minutes.get(key)
    if (minute === undefined) {
      minute = new Minute(deploymentId, startsAt)
      this.minutes.set(key, minute)
      if (this.minutes.size > MINUTES_MAX) this.loseOldest()
    }
    return minute
  }

  /** The map has them in the order in which they began. */
  private loseOldest(): void {
    const [key] = this.minutes.keys()
    this.minutes.delete(key as string)
    if (!this.hasLost) this.parts.log.warn('figures of deployments are lost until they can be written again')
    this.hasLost = true
  }

  private async saveAll(): Promise<void> {
    const due = [...this.minutes.values()].filter(({ requests, savedRequests }) => requests > savedRequests)
    for (let start = 0; start < due.length; start += WRITTEN_AT_ONCE) {
      const written = due.slice(start, start + WRITTEN_AT_ONCE)
      const figures = written.map((minute) => minute.figures())
      await this.parts.save(this.processId, figures)
      for (const [i, minute] of written.entries()) minute.savedRequests = (figures[i] as MinuteFigures).requests
    }
    this.hasLost = false
    const current = currentPeriod(MINUTE_MS)
    for (const [key, { startsAt, requests, savedRequests }] of this.minutes) {
      if (startsAt < current && requests === savedRequests) this.minutes.delete(key)
    }
  }
}

/** How one deployment answers. Nothing here waits for anything: it stands in the way of predictions. */
export class DeploymentCounts {
  private readonly minuteOf: (startsAt: number) => Minute
  private minute: Minute | undefined

  constructor(minuteOf: (startsAt: number) => Minute) {
    this.minuteOf = minuteOf
  }

  /** An answer with predictions. startedAt: of performance.now(). */
  predicted(startedAt: number, rowCount: number): void {
    this.answered(startedAt).rows += rowCount
  }

  /** An answer that is a problem; its latency counts as well. */
  failed(startedAt: number, error: unknown): void {
    const minute = this.answered(startedAt)
    const code = error instanceof ServiceError ? error.code : 'INTERNAL'
    minute.failures += 1
    minute.errors.set(code, (minute.errors.get(code) ?? 0) + 1)
  }

  private answered(startedAt: number): Minute {
    const startsAt = currentPeriod(MINUTE_MS)
    if (this.minute?.startsAt !== startsAt) this.minute = this.minuteOf(startsAt)
    const { minute } = this
    const cell = cellOf((performance.now() - startedAt) / 1000)
    minute.requests += 1
    minute.cells[cell] = (minute.cells[cell] as number) + 1
    return minute
  }
}

class Minute {
  readonly deploymentId: number
  readonly startsAt: number
  requests = 0
  rows = 0
  failures = 0
  readonly errors = new Map<string, number>()
  readonly cells = new Uint32Array(CELL_COUNT)
  /** Those that were told by the last write. */
  savedRequests = 0

  constructor(deploymentId: number, startsAt: number) {
    this.deploymentId = deploymentId
    this.startsAt = startsAt
  }

  figures(): MinuteFigures {
    const { deploymentId, startsAt, requests, rows, failures, errors, cells } = this
    const latencyCells = [...cells.keys()].filter((cell) => (cells[cell] as number) > 0)
    const latencyCounts = latencyCells.map((cell) => cells[cell] as number)
    return {
      ...{ deploymentId, startsAt, requests, rows, failures },
      ...{ errors: Object.fromEntries(errors), latencyCells, latencyCounts },
    }
  }
}
