// Counters and histograms of what every request touches. prom-client looks for a series by a text that it makes of the labels, at
// each value: 1 to 1.5 µs. Here whoever counts holds the series itself, for some nanoseconds.
import type { Metric } from 'prom-client'

export interface InPlaceDescription<Label extends string> {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
}

export interface InPlaceHistogramDescription<Label extends string> extends InPlaceDescription<Label> {
  /** Upper bounds, ascending; what is above all of them counts in none. */
  readonly buckets: readonly number[]
}

interface Exported {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** One set of labels of a counter. */
export class CounterSeries {
  value = 0

  /** by: not negative. */
  inc(by = 1): void {
    this.value += by
  }
}

/** One set of labels of a histogram. */
export class HistogramSeries {
  readonly counts: Float64Array
  sum = 0
  count = 0
  private readonly bounds: Float64Array

  constructor(bounds: Float64Array) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length)
  }

  /** value: finite. O(buckets). */
  observe(value: number): void {
    const { bounds, counts } = this
    this.sum += value
    this.count += 1
    for (let b = 0; b < bounds.length; b++) {
      if (value <= (bounds[b] as number)) {
        ;(counts[b] as number)++
        return
      }
    }
  }
}

/** What a registry of prom-client asks of a metric. */
abstract class InPlaceMetric<Label extends string, Series> {
  readonly name: string
  readonly help: string
  abstract readonly type: 'counter' | 'histogram'
  readonly aggregator = 'sum'
  private readonly labelNames: readonly Label[]
  private readonly series = new Map<string, { readonly labels: Exported['labels']; readonly series: Series }>()

  constructor({ name, help, labelNames }: InPlaceDescription<Label>) {
    this.name = name
    this.help = help
    this.labelNames = labelNames
  }

  protected abstract made(): Series
  protected abstract exported(labels: Exported['labels'], series: Series): readonly Exported[]

  /** The series of these values of the labels, in their order; made where it is new, and shown from then on. */
  labels(...values: readonly string[]): Series {
    const key = JSON.stringify(values)
    let found = this.series.get(key)
    if (found === undefined) {
      const labels = Object.fromEntries(this.labelNames.map((name, i) => [name, values[i] as string]))
      found = { labels, series: this.made() }
      this.series.set(key, found)
    }
    return found.series
  }

  async get() {
    const { name, help, type, aggregator } = this
    const values = [...this.series.values()].flatMap(({ labels, series }) => this.exported(labels, series))
    return { name, help, type, aggregator, values }
  }

  /** As prom-client's types have it. */
  asMetric(): Metric {
    return this as unknown as Metric
  }
}

export class InPlaceCounter<Label extends string> extends InPlaceMetric<Label, CounterSeries> {
  readonly type = 'counter'

  protected made(): CounterSeries {
    return new CounterSeries()
  }

  protected exported(labels: Exported['labels'], { value }: CounterSeries): readonly Exported[] {
    return [{ labels, value }]
  }
}

export class InPlaceHistogram<Label extends string> extends InPlaceMetric<Label, HistogramSeries> {
  readonly type = 'histogram'
  private readonly bounds: Float64Array

  constructor({ buckets, ...described }: InPlaceHistogramDescription<Label>) {
    super(described)
    this.bounds = Float64Array.from(buckets)
  }

  protected made(): HistogramSeries {
    return new HistogramSeries(this.bounds)
  }

  protected exported(labels: Exported['labels'], { counts, sum, count }: HistogramSeries): readonly Exported[] {
    const metricName = `${this.name}_bucket`
    let below = 0
    const buckets = [...this.bounds].map((le, b) => {
      below += counts[b] as number
      return { metricName, labels: { le, ...labels }, value: below }
    })
    return [
      ...buckets,
      { metricName, labels: { le: '+Inf', ...labels }, value: count },
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ]
  }
}
