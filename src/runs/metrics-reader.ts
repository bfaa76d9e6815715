// Reads the metrics of runs, those that are asked for at the same time together.
import type { Queryable } from '../database/pool.ts'
import { type MetricRows, readMetrics } from '../model-runs/shown-runs-table.ts'

/** Metrics by run, error_code and error_message among them; undefined when the worker's role may not read them. */
export type MetricsOfRuns = ReadonlyMap<number, MetricRows> | undefined

/**
 * One query at a time: who asks while it is under way shares the next one. Without an index of the application's on
 * model_run_metrics each query reads the whole table, and twenty callers must not make it do that twenty times.
 */
export class MetricsReader {
  private readonly client: Queryable
  private waiting: { readonly runIds: Set<number>; readonly metrics: Promise<MetricsOfRuns> } | undefined
  private underWay: Promise<unknown> = Promise.resolve()

  constructor(client: Queryable) {
    this.client = client
  }

  /** Of these runs, and perhaps of others. Throws when the database is away. */
  read(runIds: readonly number[]): Promise<MetricsOfRuns> {
    if (runIds.length === 0) return Promise.resolve(new Map())
    this.waiting ??= this.next()
    for (const runId of runIds) this.waiting.runIds.add(runId)
    return this.waiting.metrics
  }

  private next(): NonNullable<typeof this.waiting> {
    const runIds = new Set<number>()
    const metrics = this.underWay.then(() => {
      this.waiting = undefined
      return readMetrics(this.client, [...runIds])
    })
    this.underWay = metrics.catch(() => {})
    return { runIds, metrics }
  }
}
