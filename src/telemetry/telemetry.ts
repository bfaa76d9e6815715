// Figures and spans of the worker. Who owns a number registers it here and counts it himself.
import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client'
import {
  InPlaceCounter,
  type InPlaceDescription,
  InPlaceHistogram,
  type InPlaceHistogramDescription,
} from './in-place-metrics.ts'
import type { Tracing } from './tracing.ts'

/** Without the registry, which is ours. Every label needs a bound: models by name, codes of errors, routes as made. */
type Described<Configuration> = Omit<Configuration, 'registers'>

export class Telemetry {
  /** Absent when there is nowhere to send traces to: then their packages are not loaded. */
  readonly tracing: Tracing | undefined
  private readonly registry = new Registry()

  constructor(tracing: Tracing | undefined) {
    this.tracing = tracing
    collectDefaultMetrics({ register: this.registry })
  }

  counter<Label extends string>(described: Described<CounterConfiguration<Label>>): Counter<Label> {
    return new Counter({ ...described, registers: [this.registry] })
  }

  histogram<Label extends string>(described: Described<HistogramConfiguration<Label>>): Histogram<Label> {
    return new Histogram({ ...described, registers: [this.registry] })
  }

  /** For what every request touches. */
  inPlaceCounter<Label extends string>(described: InPlaceDescription<Label>): InPlaceCounter<Label> {
    const counter = new InPlaceCounter(described)
    this.registry.registerMetric(counter.asMetric())
    return counter
  }

  /** For what every request touches. */
  inPlaceHistogram<Label extends string>(described: InPlaceHistogramDescription<Label>): InPlaceHistogram<Label> {
    const histogram = new InPlaceHistogram(described)
    this.registry.registerMetric(histogram.asMetric())
    return histogram
  }

  /** Its `collect` sets it when Prometheus asks. */
  gauge<Label extends string>(described: Described<GaugeConfiguration<Label>>): Gauge<Label> {
    return new Gauge({ ...described, registers: [this.registry] })
  }

  /** A gauge that is `read` when Prometheus asks. */
  gaugeOf(name: string, help: string, read: () => number): void {
    this.gauge({
      name,
      help,
      collect() {
        this.set(read())
      },
    })
  }

  /** All figures in the text format of Prometheus. */
  async figures(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.registry.contentType, text: await this.registry.metrics() }
  }

  async close(): Promise<void> {
    await this.tracing?.close()
  }
}
