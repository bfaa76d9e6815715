// How a deployment answered over a window of time: requests, rows, failures and latencies of all workers together.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import type { CountedDeployments } from './deployment-counts.ts'
import { CELL_COUNT, quantilesOf } from './latency-cells.ts'
import { sumCells, sumErrors, sumSteps } from './metrics-table.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/** Each with the steps that it is told in. */
export const WINDOWS = {
  '15m': { lengthMs: 15 * MINUTE_MS, stepMs: MINUTE_MS },
  '1h': { lengthMs: 60 * MINUTE_MS, stepMs: 5 * MINUTE_MS },
  '24h': { lengthMs: 24 * 60 * MINUTE_MS, stepMs: 60 * MINUTE_MS },
  '7d': { lengthMs: 7 * 24 * 60 * MINUTE_MS, stepMs: 6 * 60 * MINUTE_MS },
} as const

export type Window = keyof typeof WINDOWS

/** Quantiles that are told. */
const SHARES = [0.5, 0.95, 0.99]

export interface WindowFigures {
  readonly from: Date
  readonly to: Date
  readonly requests: number
  readonly rows: number
  readonly failures: number
  /** Per second of the window. */
  readonly requestsPerSecond: number
  readonly rowsPerSecond: number
  /** In milliseconds; undefined without a request. */
  readonly p50Ms: number | undefined
  readonly p95Ms: number | undefined
  readonly p99Ms: number | undefined
}

export interface DeploymentFigures extends WindowFigures {
  readonly errors: readonly { readonly code: string; readonly count: number }[]
  /** All of them, the oldest first. */
  readonly steps: readonly WindowFigures[]
}

export interface AnswerFiguresParts {
  readonly ownSchema: OwnSchema
  readonly counted: Pick<CountedDeployments, 'save'>
}

export class AnswerFigures {
  private readonly parts: AnswerFiguresParts

  constructor(parts: AnswerFiguresParts) {
    this.parts = parts
  }

  /**
   * The figures of the window that ends with the step of `now`, in ms since 1970. Those of this worker are all there; others
   * write theirs every few seconds. Throws what the database throws. O(minutes of the window × workers).
   */
  async of(deploymentId: number, window: Window, now: number): Promise<DeploymentFigures> {
    const { ownSchema, counted } = this.parts
    const { lengthMs, stepMs } = WINDOWS[window]
    const to = Math.floor(now / stepMs) * stepMs + stepMs
    const span = { from: to - lengthMs, to, stepMs }
    await counted.save()
    const [steps, cells, errors] = await Promise.all([
      sumSteps(ownSchema.pool, deploymentId, span),
      sumCells(ownSchema.pool, deploymentId, span),
      sumErrors(ownSchema.pool, deploymentId, span),
    ])
    const stepCount = lengthMs / stepMs
    const latencies = Array.from({ length: stepCount }, () => new Float64Array(CELL_COUNT))
    const allLatencies = new Float64Array(CELL_COUNT)
    for (const { step, cell, count } of cells) {
      const ofStep = latencies[step] as Float64Array
      ofStep[cell] = count
      allLatencies[cell] = (allLatencies[cell] as number) + count
    }
    const byStep = new Map(steps.map((each) => [each.step, each]))
    const all = { requests: 0, rows: 0, failures: 0 }
    for (const { requests, rows, failures } of steps) {
      all.requests += requests
      all.rows += rows
      all.failures += failures
    }
    return {
      ...figuresOf({ from: span.from, to: Math.min(to, now) }, all, allLatencies),
      errors,
      steps: latencies.map((counts, step) => {
        const from = span.from + step * stepMs
        const none = { requests: 0, rows: 0, failures: 0 }
        return figuresOf({ from, to: Math.min(from + stepMs, now) }, byStep.get(step) ?? none, counts)
      }),
    }
  }

  /** Writes what was counted. Throws nothing: while the database is away it is counted on. */
  async save(onError: (error: unknown) => void): Promise<void> {
    if (!(await this.parts.ownSchema.isUsable())) return
    await this.parts.counted.save().catch((error) => {
      if (!isDatabaseUnavailable(error)) onError(error)
    })
  }
}

function figuresOf(
  { from, to }: { readonly from: number; readonly to: number },
  { requests, rows, failures }: { readonly requests: number; readonly rows: number; readonly failures: number },
  latencies: Float64Array,
): WindowFigures {
  const seconds = Math.max(1, (to - from) / SECOND_MS)
  const [p50Ms, p95Ms, p99Ms] = quantilesOf(latencies, SHARES).map((value) => value && value * SECOND_MS)
  return {
    ...{ from: new Date(from), to: new Date(to), requests, rows, failures },
    ...{ requestsPerSecond: requests / seconds, rowsPerSecond: rows / seconds, p50Ms, p95Ms, p99Ms },
  }
}
