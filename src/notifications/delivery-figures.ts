// How deliveries go: for Prometheus, and as a note for health.
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { type DeliveryFigures, readFigures } from './deliveries-table.ts'
import type { AttemptOutcome } from './dispatcher.ts'
import type { WebhookKind } from './webhook.ts'

/** How long what was read is told again. */
const FRESH_MS = 5_000
/** What a caller waits for the database. */
const WAIT_MS = 1_000

export class DeliveryCounts {
  private readonly ownSchema: OwnSchema
  private figures: DeliveryFigures | undefined
  private readAt = Number.NEGATIVE_INFINITY
  private reading: Promise<void> | undefined

  constructor(ownSchema: OwnSchema) {
    this.ownSchema = ownSchema
  }

  /** What is known, from a few seconds ago at the most where the database answers; undefined where nothing is. */
  async read(): Promise<DeliveryFigures | undefined> {
    if (performance.now() - this.readAt > FRESH_MS) {
      this.reading ??= this.readNow().finally(() => {
        this.reading = undefined
      })
      const late = new Promise<void>((resolve) => setTimeout(resolve, WAIT_MS).unref())
      await Promise.race([this.reading, late])
    }
    return this.figures
  }

  /** For health. Throws nothing: the worker takes work all the same. */
  async describe(): Promise<string> {
    const figures = await this.read()
    if (figures === undefined) return 'not known: the schema is not set up, or the database is away'
    const { pending, oldestSeconds, dead } = figures
    const waiting = pending === 0 ? '0 wait' : `${pending} wait, the oldest for ${Math.round(oldestSeconds)} s`
    return `${waiting}; ${dead} dead`
  }

  private async readNow(): Promise<void> {
    try {
      this.figures = (await this.ownSchema.isUsable()) ? await readFigures(this.ownSchema.pool) : undefined
    } catch {
      this.figures = undefined
    }
    this.readAt = performance.now()
  }
}

/** Returns what counts an attempt. */
export function countDeliveries(
  telemetry: Telemetry,
  counts: DeliveryCounts,
): (kind: WebhookKind, outcome: AttemptOutcome) => void {
  const attempts = telemetry.counter({
    name: 'ml_worker_webhook_attempts_total',
    help: 'Attempts to deliver a notice: delivered, failed and tried again, or dead after the last one',
    labelNames: ['kind', 'outcome'] as const,
  })
  const gauge = (name: string, help: string, valueIn: (figures: DeliveryFigures) => number): void => {
    telemetry.gauge({
      name,
      help,
      async collect() {
        const figures = await counts.read()
        if (figures === undefined) this.remove()
        else this.set(valueIn(figures))
      },
    })
  }
  gauge('ml_worker_webhook_deliveries_pending', 'Deliveries that wait, of all workers', ({ pending }) => pending)
  gauge(
    'ml_worker_webhook_oldest_pending_seconds',
    'How long the oldest of them has waited, in seconds',
    ({ oldestSeconds }) => oldestSeconds,
  )
  gauge('ml_worker_webhook_deliveries_dead', 'Deliveries that are not tried again, of all workers', ({ dead }) => dead)
  return (kind, outcome) => attempts.inc({ kind, outcome })
}
