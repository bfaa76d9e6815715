// The metrics of a run that are kept, where a model class or its classes make too many.
import type { Metrics } from '../model/model.ts'

/** Metrics of a run at the most: each is a row of the database. */
export const METRICS_MAX = 10_000

/**
 * All metrics, or as many as may be, in their order: those of single classes or clusters (`recall.<class>`) go first, which
 * have the most dots in their names. O(metrics log metrics).
 */
export function boundMetrics(metrics: Metrics): { readonly metrics: Metrics; readonly leftOut: number } {
  const names = Object.keys(metrics)
  if (names.length <= METRICS_MAX) return { metrics, leftOut: 0 }
  const dotsOf = (name: string): number => name.split('.').length
  const dots = names.map(dotsOf)
  const byDots = names.map((_, i) => i).sort((a, b) => (dots[a] as number) - (dots[b] as number))
  const kept = byDots.slice(0, METRICS_MAX).sort((a, b) => a - b)
  const entries = kept.map((i) => {
    const name = names[i] as string
    return [name, metrics[name] as number] as const
  })
  return { metrics: Object.fromEntries(entries), leftOut: names.length - METRICS_MAX }
}
