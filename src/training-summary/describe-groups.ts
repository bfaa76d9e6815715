// What clusters and anomalies come to.
import type { FittedClusterer } from '../learning/estimator.ts'
import { equalWidthHistogram } from '../learning/metrics/equal-width-histogram.ts'
import type { EncodedColumn } from './encoded-columns.ts'
import type { AnomalyReport, ClustererReport } from './label-report.ts'
import { LIMITS } from './limits.ts'
import { rounded } from './texts.ts'

/** clusters: that of each row. */
export function describeClusters(
  { clusterCount, columnCount, centres }: FittedClusterer,
  clusters: Float64Array,
  columns: readonly EncodedColumn[],
): ClustererReport {
  const sizes = new Float64Array(Math.min(clusterCount, LIMITS.classes))
  let others = 0
  for (let i = 0; i < clusters.length; i++) {
    const cluster = clusters[i] as number
    if (cluster < sizes.length) sizes[cluster] = (sizes[cluster] as number) + 1
    else others++
  }
  const shown = columns.slice(0, LIMITS.centreColumns)
  const values =
    centres &&
    Array.from(sizes, (_, cluster) => shown.map((_, j) => rounded(centres[cluster * columnCount + j] as number)))
  return {
    kind: 'clusterer',
    clusterCount,
    sizes: [...sizes],
    others,
    centres: values === undefined ? null : { columns: shown.map(({ name }) => name), values },
  }
}

/** scores: that of each row, below 0 for an anomaly. */
export function describeAnomalies(scores: Float64Array): AnomalyReport {
  let least = 0
  let most = 0
  let anomalies = 0
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number
    if (score < least) least = score
    if (score > most) most = score
    if (score < 0) anomalies++
  }
  return { kind: 'anomaly_detector', rows: scores.length, anomalies, scores: aboutZero(scores, least, most) }
}

/** A histogram one of whose edges is 0, so that no bin has scores of both kinds. Null where no score differs from 0. */
function aboutZero(scores: Float64Array, least: number, most: number): AnomalyReport['scores'] {
  if (!(most > least)) return null
  const width = (most - least) / (LIMITS.bins - 2)
  const [below, above] = [Math.ceil(-least / width), Math.ceil(most / width)]
  const [from, to] = [-below * width, above * width]
  const lower =
    below === 0
      ? []
      : equalWidthHistogram(
          scores.filter((score) => score < 0),
          from,
          0,
          below,
        ).counts
  const upper = above === 0 ? [] : equalWidthHistogram(scores, 0, to, above).counts
  return { from, to, counts: [...lower, ...upper] }
}
