import t from 'tap'
import { boundMetrics, METRICS_MAX } from './bound-metrics.ts'

t.test('metrics within the bound stay as they are', async (t) => {
  const metrics = { accuracy: 0.5, 'recall.a': 1 }
  t.equal(boundMetrics(metrics).metrics, metrics)
  t.equal(boundMetrics(metrics).leftOut, 0)
})

t.test('beyond it those of classes go, and those of the whole stay, in their order', async (t) => {
  const classes = Array.from({ length: METRICS_MAX }, (_, i) => [`recall.${i}`, i] as const)
  const bounded = boundMetrics(Object.fromEntries([['accuracy', 1], ...classes, ['validation_accuracy', 2]]))
  const names = Object.keys(bounded.metrics)
  t.equal(names.length, METRICS_MAX)
  t.equal(bounded.leftOut, 2)
  t.same([names[0], names[1], names.at(-1)], ['accuracy', 'recall.0', 'validation_accuracy'])
})
