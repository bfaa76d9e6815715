// The other half of an iteration of k-means: centres move to the means of their rows.
import { addChunks, type ClusterTotals } from './cluster-sums.ts'
import type { LloydState } from './lloyd-shared.ts'
import { squaredDistance } from './squared-distance.ts'

/**
 * Moves every centre to the weighted mean of its rows. A cluster without rows starts again at
 * one of the rows that are farthest from their centres, as in scikit-learn. Returns Σ of the squared steps.
 * O(chunks × clusters × columns); with empty clusters also rows × columns.
 */
export function moveCentres(state: LloydState): number {
  const { clusterCount, columnCount, centres } = state
  const totals = addChunks(state)
  relocateEmptyClusters(state, totals)
  const { values: means, weights, counts } = totals
  for (let c = 0; c < clusterCount; c++) {
    if (counts[c] === 0) continue
    const weight = weights[c] as number
    for (let k = c * columnCount; k < (c + 1) * columnCount; k++) means[k] = (means[k] as number) / weight
  }
  // Empty still, because there are fewer different rows than clusters: where the heaviest cluster is.
  const heaviest = weights.reduce((a, weight, c) => (weight > (weights[a] as number) ? c : a), 0) * columnCount
  for (let c = 0; c < clusterCount; c++) {
    if (counts[c] === 0) means.copyWithin(c * columnCount, heaviest, heaviest + columnCount)
  }
  let squaredSteps = 0
  for (let c = 0; c < clusterCount; c++) {
    squaredSteps += squaredDistance(means, c * columnCount, centres, c * columnCount, columnCount)
  }
  centres.set(means)
  return squaredSteps
}

/** Takes the farthest rows, the farthest first, out of their clusters' sums and makes each the whole of an empty one. */
function relocateEmptyClusters(state: LloydState, { values, weights, counts }: ClusterTotals): void {
  const { rowCount, columnCount, rows, centres, labels } = state
  const empty = [...counts.keys()].filter((c) => counts[c] === 0)
  if (empty.length === 0) return
  const distances = new Float64Array(rowCount)
  for (let i = 0; i < rowCount; i++) {
    const centre = (labels[i] as number) * columnCount
    distances[i] = squaredDistance(rows, i * columnCount, centres, centre, columnCount)
  }
  const sorted = distances.slice().sort()
  // Rows at a distance of 0 are duplicates of a centre: to move there would help nothing.
  const least = Math.max(sorted[rowCount - empty.length] as number, Number.MIN_VALUE)
  const farthest = [...distances.keys()].filter((i) => (distances[i] as number) >= least)
  farthest.sort((a, b) => (distances[b] as number) - (distances[a] as number) || a - b)
  for (const [k, cluster] of empty.entries()) {
    const i = farthest[k]
    if (i === undefined) return
    const former = labels[i] as number
    const weight = state.weights.length > 0 ? (state.weights[i] as number) : 1
    for (let j = 0; j < columnCount; j++) {
      const value = weight * (rows[i * columnCount + j] as number)
      values[former * columnCount + j] = (values[former * columnCount + j] as number) - value
      values[cluster * columnCount + j] = value
    }
    weights[cluster] = weight
    counts[cluster] = 1
    weights[former] = (weights[former] as number) - weight
    counts[former] = (counts[former] as number) - 1
  }
}
