// Where the centres of k-means begin.
import type { FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import type { Random } from '../random.ts'
import { DistanceMeter } from './distance-meter.ts'
import { packCandidate } from './pack-vectors.ts'
import { PACK_CENTRES } from './tile-routines.ts'
import type { VectorMemory } from './vector-memory.ts'

/** Rows, all with a weight above 0. */
export interface WeightedRows extends VectorMemory {
  readonly rowCount: number
}

/**
 * Rows whose distances are computed together (at most ANSWER_ROWS_MAX) and between two looks at the clock and the stop
 * flag.
 */
const BLOCK_ROWS = 256
const TURN_MS = 40

/**
 * Fills `centres` by greedy k-means++ (Arthur and Vassilvitskii 2007, with 2 + ⌊ln k⌋ candidates a step as scikit-learn):
 * each next centre is the candidate that leaves the least Σ weight · squared distance to the nearest centre, where
 * candidates are drawn in proportion to that product. Float32 is good enough to choose among candidates; what they are
 * drawn by is exact.
 * O(rows × clusters × ln clusters × columns).
 */
export async function seedByKMeansPlusPlus(
  given: WeightedRows,
  random: Random,
  { stop }: Pick<FitContext, 'stop'>,
): Promise<void> {
  const { rowCount, columnCount, clusterCount, rows, centres, weights, shares, closest } = given
  closest.fill(Number.POSITIVE_INFINITY)
  const blockCount = Math.ceil(rowCount / BLOCK_ROWS)
  // Weight before the first centre, then weight × squared distance, by block of rows.
  const masses = new Float64Array(blockCount)
  for (let block = 0; block < blockCount; block++) {
    const start = block * BLOCK_ROWS
    const end = Math.min(start + BLOCK_ROWS, rowCount)
    masses[block] = weights.length > 0 ? weights.subarray(start, end).reduce((sum, w) => sum + w, 0) : end - start
  }
  // Relative to the largest, so that float32 can hold them.
  const heaviest = weights.reduce((a, b) => Math.max(a, b), 0)
  if (weights.length === 0) shares.fill(1, 0, rowCount)
  else for (let i = 0; i < rowCount; i++) shares[i] = (weights[i] as number) / heaviest
  const meter = new DistanceMeter(given, 0)
  const candidateCount = 2 + Math.floor(Math.log(clusterCount))
  let lastTurn = performance.now()
  const pause = async (): Promise<void> => {
    stop.throwIfSet()
    if (performance.now() - lastTurn < TURN_MS) return
    await turn()
    lastTurn = performance.now()
  }
  for (let c = 0; c < clusterCount; c++) {
    const count = c === 0 ? 1 : candidateCount
    const candidates = Array.from({ length: count }, () => drawRow(given, masses, random, c === 0))
    const potentials: number[] = []
    while (potentials.length < candidates.length && count > 1) {
      const sums = new Float64Array(PACK_CENTRES)
      const of = Math.min(PACK_CENTRES, candidates.length - potentials.length)
      for (let k = 0; k < of; k++) packCandidate(given, candidates[potentials.length + k] as number, k)
      for (let block = 0; block < blockCount; block++) {
        meter.addPotentials(block * BLOCK_ROWS, Math.min((block + 1) * BLOCK_ROWS, rowCount), sums)
        if (block % 64 === 0) await pause()
      }
      potentials.push(...sums.subarray(0, of))
    }
    const chosen = candidates[Math.max(0, potentials.indexOf(Math.min(...potentials)))] as number
    centres.set(rows.subarray(chosen * columnCount, (chosen + 1) * columnCount), c * columnCount)
    for (let block = 0; block < blockCount; block++) {
      const start = block * BLOCK_ROWS
      masses[block] = meter.claimRows(start, Math.min(start + BLOCK_ROWS, rowCount), chosen)
      if (block % 64 === 0) await pause()
    }
  }
}

/** A row in proportion to weight × squared distance to the nearest centre; or, when there is none of that, to weight. */
function drawRow(
  { rowCount, weights, closest }: WeightedRows,
  masses: Float64Array,
  random: Random,
  isFirst: boolean,
): number {
  let total = 0
  for (let block = 0; block < masses.length; block++) total += masses[block] as number
  // Every row is at a centre: any will do.
  if (!(total > 0)) return random.integer(rowCount)
  let left = random.uniform() * total
  let block = 0
  while (block < masses.length - 1 && left >= (masses[block] as number)) left -= masses[block++] as number
  const end = Math.min((block + 1) * BLOCK_ROWS, rowCount)
  let drawn = block * BLOCK_ROWS
  for (let i = drawn; i < end; i++) {
    const mass = (weights.length > 0 ? (weights[i] as number) : 1) * (isFirst ? 1 : (closest[i] as number))
    if (mass === 0) continue
    drawn = i
    left -= mass
    if (left < 0) break
  }
  return drawn
}

/**
 * Fills `centres` with different rows, drawn one after another in proportion to their weights: those with the least
 * −ln(u) ÷ weight (Efraimidis and Spirakis 2006). O(rows · ln rows).
 */
export function seedAtRandom(given: WeightedRows, random: Random): void {
  const { rowCount, columnCount, clusterCount, rows, centres, weights } = given
  const keys = new Float64Array(rowCount)
  for (let i = 0; i < rowCount; i++) {
    keys[i] = -Math.log(1 - random.uniform()) / (weights.length > 0 ? (weights[i] as number) : 1)
  }
  const largest = keys.slice().sort()[clusterCount - 1] as number
  let c = 0
  for (let i = 0; i < rowCount && c < clusterCount; i++) {
    if ((keys[i] as number) > largest) continue
    for (let j = 0; j < columnCount; j++) centres[c * columnCount + j] = rows[i * columnCount + j] as number
    c++
  }
}
