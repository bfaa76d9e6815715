// The losses that boosting can lower: gradients of each, and where a model without trees begins.
import { binaryGradients, multiclassGradients } from './classification-losses.ts'
import type { LossSpace } from './loss-space.ts'
import { poissonGradients, quantileGradients, squaredErrorGradients } from './regression-losses.ts'
import { quantileOf } from './weighted-quantile.ts'

/** Plain data, for it crosses to other threads. absolute_error is the quantile loss at one half, doubled. */
export type Loss =
  | { readonly name: 'squared_error' | 'absolute_error' | 'poisson' | 'binary' }
  | { readonly name: 'quantile'; readonly quantile: number }
  | { readonly name: 'multiclass'; readonly classCount: number }

export function outputCount(loss: Loss): number {
  return loss.name === 'multiclass' ? loss.classCount : 1
}

/** True when the second derivative is 1 everywhere (or set to 1, for the losses that have none). */
export function hasUnitHessian(loss: Loss): boolean {
  return loss.name === 'squared_error' || loss.name === 'absolute_error' || loss.name === 'quantile'
}

/** The quantile that the values of leaves are set to once the tree stands, where the loss asks for that. */
export function leafQuantile(loss: Loss): number | undefined {
  return loss.name === 'absolute_error' ? 0.5 : loss.name === 'quantile' ? loss.quantile : undefined
}

/** Fills the gradients of rows [start, end) and returns the sum of their losses, times their weights. */
export function computeGradients(loss: Loss, space: LossSpace, start: number, end: number): number {
  switch (loss.name) {
    case 'squared_error':
      return squaredErrorGradients(space, start, end)
    case 'absolute_error':
      return quantileGradients(space, start, end, -1, 1)
    case 'quantile':
      return quantileGradients(space, start, end, -loss.quantile, 1 - loss.quantile)
    case 'poisson':
      return poissonGradients(space, start, end)
    case 'binary':
      return binaryGradients(space, start, end)
    case 'multiclass':
      return multiclassGradients(space, loss.classCount, start, end)
  }
}

/** How near a share of a class may come to 0 and 1, as in scikit-learn's _loss: its log-odds stay finite. */
const SHARE_MIN = Number.EPSILON
const BINARY_SHARE_MIN = 10 * Number.EPSILON

/** The constant outputs that lose least: where boosting begins. Every class must have a row of positive weight. */
export function baselineOf(loss: Loss, target: Float64Array, weight: Float64Array | undefined): Float64Array {
  switch (loss.name) {
    case 'squared_error':
      return Float64Array.of(weightedMean(target, weight))
    case 'poisson':
      return Float64Array.of(Math.log(weightedMean(target, weight)))
    case 'absolute_error':
      return Float64Array.of(quantileOf(target.slice(), weight?.slice(), 0.5))
    case 'quantile':
      return Float64Array.of(quantileOf(target.slice(), weight?.slice(), loss.quantile))
    case 'binary': {
      const mean = clip(weightedMean(target, weight), BINARY_SHARE_MIN)
      return Float64Array.of(Math.log(mean / (1 - mean)))
    }
    case 'multiclass': {
      const share = new Float64Array(loss.classCount)
      target.forEach((c, i) => {
        share[c] = (share[c] as number) + (weight?.[i] ?? 1)
      })
      const total = share.reduce((sum, w) => sum + w, 0)
      const logs = share.map((w) => Math.log(clip(w / total, SHARE_MIN)))
      const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
      return logs.map((log) => log - mean)
    }
  }
}

function clip(share: number, min: number): number {
  return Math.min(Math.max(share, min), 1 - min)
}

function weightedMean(values: Float64Array, weight: Float64Array | undefined): number {
  let sum = 0
  let total = 0
  for (let i = 0; i < values.length; i++) {
    const w = weight === undefined ? 1 : (weight[i] as number)
    sum += w * (values[i] as number)
    total += w
  }
  return sum / total
}
