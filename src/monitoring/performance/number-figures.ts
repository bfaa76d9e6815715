// Metrics of regression out of sums: those of the engine, with its intervals.
import { effectiveCount, type Metric, normalInterval, ROWS_MIN, type WeightedSums, Z } from './figures.ts'
import { movedTo, type NumberSums } from './sums.ts'

/**
 * r2, mean_absolute_error and root_mean_squared_error, as regressionMetrics gives them for the same rows with their weights,
 * and the intervals of regressionIntervals: normal ones with the influence functions of the metrics. Undefined ones are left
 * out. O(groups).
 */
export function numberFigures(all: readonly WeightedSums<NumberSums>[]): Map<string, Metric> {
  const groups = all.filter(({ sums }) => sums.count > 0)
  const mean = (of: (sums: NumberSums) => number): number =>
    groups.reduce((sum, { weight, sums }) => sum + weight * of(sums), 0) / total
  const total = groups.reduce((sum, { weight, sums }) => sum + weight * sums.count, 0)
  const metrics = new Map<string, Metric>()
  if (total === 0) return metrics
  const rows = effectiveCount(groups.map(({ weight, sums: { count } }) => ({ weight, count })))
  /** Of the mean of something whose squares sum up to that, around their mean. */
  const errorOf = (squares: (sums: NumberSums) => number): number => {
    const sum = groups.reduce((before, { weight, sums }) => before + weight * weight * squares(sums), 0)
    return Math.sqrt((Math.max(0, sum) / (total * total)) * (rows / (rows - 1)))
  }
  const centre = mean((sums) => sums.mean * sums.count)
  const mse = mean(({ squares }) => squares)
  const mae = mean(({ absolute }) => absolute)
  const spread = mean((sums) => movedTo(sums, centre).d2)
  const isOneValue = groups.every(
    ({ sums }) => sums.d2 === 0 && sums.mean === (groups[0] as WeightedSums<NumberSums>).sums.mean,
  )
  if (groups.reduce((count, { sums }) => count + sums.count, 0) >= 2) {
    const left = mse / spread
    const value = isOneValue ? (mse === 0 ? 1 : 0) : 1 - left
    const error = errorOf((sums) => {
      const { d4, squaresD2 } = movedTo(sums, centre)
      return (sums.fourths - 2 * left * squaresD2 + left * left * d4) / (spread * spread)
    })
    const interval = isOneValue ? undefined : normalInterval(value, error, rows, [Number.NEGATIVE_INFINITY, 1])
    metrics.set('r2', { value, interval })
  }
  const ofMae = errorOf((sums) => sums.squares - 2 * mae * sums.absolute + mae * mae * sums.count)
  const least = [0, Number.POSITIVE_INFINITY] as const
  metrics.set('mean_absolute_error', { value: mae, interval: normalInterval(mae, ofMae, rows, least) })
  const half = Z * errorOf((sums) => sums.fourths - 2 * mse * sums.squares + mse * mse * sums.count)
  const isKnown = rows >= ROWS_MIN && Number.isFinite(half)
  const interval = isKnown ? { from: Math.sqrt(Math.max(0, mse - half)), to: Math.sqrt(mse + half) } : undefined
  metrics.set('root_mean_squared_error', { value: Math.sqrt(mse), interval })
  return metrics
}
