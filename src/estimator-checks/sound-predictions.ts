// What makes predictions sound: right shape, finite, probabilities that are some.
import type { FittedEstimator } from '../learning/estimator.ts'
import type { RowBlock } from '../learning/matrix.ts'
import { outputWidth, predictWith } from './compare.ts'
import { claim } from './subject.ts'

/** Predicts the rows and claims that every answer can be one. `rows` names them in the message. */
export function claimSoundPredictions(fitted: FittedEstimator, block: RowBlock, rows: string): void {
  const output = predictWith(fitted, block)
  const width = outputWidth(fitted)
  const areCodes = fitted.kind === 'clusterer' || fitted.kind === 'recommender'
  const isRightType = areCodes ? output instanceof Int32Array : output instanceof Float64Array
  claim(isRightType, `predictions of ${rows} are of type ${output?.constructor?.name}`)
  claim(
    output.length === block.rowCount * width,
    () => `${output.length} values for ${block.rowCount} ${rows} of ${width}`,
  )
  output.forEach((value, k) => {
    claim(Number.isFinite(value), () => `${rows}: row ${Math.floor(k / width)} is predicted ${value}`)
  })
  if (fitted.kind === 'clusterer') {
    const known = output.every((cluster) => cluster >= 0 && cluster < fitted.clusterCount)
    claim(known, `${rows}: a cluster outside 0 … ${fitted.clusterCount - 1}`)
  }
  if (fitted.kind === 'recommender') {
    const known = output.every((item) => item >= -1 && item < fitted.itemCount)
    claim(known, `${rows}: an item outside 0 … ${fitted.itemCount - 1}, and −1 for none`)
  }
  if (fitted.kind === 'classifier') {
    for (let i = 0; i < block.rowCount; i++)
      claimDistribution(output.subarray(i * width, (i + 1) * width), `${rows}, ${i}`)
  }
}

function claimDistribution(probabilities: Float64Array | Int32Array, row: string): void {
  let sum = 0
  for (const p of probabilities) {
    claim(p >= 0 && p <= 1, () => `${row}: a probability of ${p}`)
    sum += p
  }
  claim(Math.abs(sum - 1) <= 1e-9, () => `${row}: probabilities sum to ${sum}`)
}
