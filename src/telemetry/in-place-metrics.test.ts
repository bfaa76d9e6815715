// Counters and histograms that are held in place say what prom-client's own say, to the letter.
import { Counter, Histogram, Registry } from 'prom-client'
import t from 'tap'
import { Random } from '../learning/random.ts'
import { InPlaceCounter, InPlaceHistogram } from './in-place-metrics.ts'

const BUCKETS = [0.005, 0.1, 1, 10]
const MODELS = ['forest', 'a "quoted"\nname\\', 'none\u0000']

t.test('after the same values Prometheus reads the same text', async (t) => {
  const [naive, inPlace] = [new Registry(), new Registry()]
  const labelNames = ['model', 'code'] as const
  const rows = { name: 'rows_total', help: 'Rows, "all"\n of them', labelNames }
  const seconds = { name: 'seconds', help: 'Seconds', labelNames, buckets: BUCKETS }
  const counter = new Counter({ ...rows, registers: [naive] })
  const histogram = new Histogram({ ...seconds, registers: [naive] })
  const counterInPlace = new InPlaceCounter(rows)
  const histogramInPlace = new InPlaceHistogram(seconds)
  for (const metric of [counterInPlace, histogramInPlace]) inPlace.registerMetric(metric.asMetric())
  t.equal(await inPlace.metrics(), await naive.metrics(), 'before there is a value')
  const random = new Random(7, 0)
  for (let i = 0; i < 2000; i++) {
    const labels = [MODELS[random.integer(MODELS.length)] as string, String(random.integer(3))] as const
    const value = random.integer(10) === 0 ? (BUCKETS[random.integer(4)] as number) : random.integer(2000) / 64
    counter.labels(...labels).inc(value)
    histogram.labels(...labels).observe(value)
    counterInPlace.labels(...labels).inc(value)
    histogramInPlace.labels(...labels).observe(value)
  }
  counter.labels('idle', '0').inc(0)
  counterInPlace.labels('idle', '0')
  t.equal(await inPlace.metrics(), await naive.metrics())
})
