// Gradients of the losses for numbers, in the halved forms of scikit-learn's _loss module.
import { exp } from '../exp.ts'
import type { LossSpace } from './loss-space.ts'

/** Raw outputs are held below this in e^raw, so that float32 gradients stay finite. */
const EXPONENT_MAX = 80

/** Half the squared error: gradient raw − y, hessian 1. */
export function squaredErrorGradients(space: LossSpace, start: number, end: number): number {
  const { target, weight, raw, gradients, hessians } = space
  let loss = 0
  for (let i = start; i < end; i++) {
    const difference = (raw[i] as number) - (target[i] as number)
    if (weight === undefined) {
      gradients[i] = difference
      loss += difference * difference
    } else {
      const w = weight[i] as number
      gradients[i] = w * difference
      if (hessians !== null) hessians[i] = w
      loss += w * difference * difference
    }
  }
  return loss / 2
}

/**
 * The pinball loss: its slope is `below` where the target is at or above the output, and `above` where it is under it.
 */
export function quantileGradients(space: LossSpace, start: number, end: number, below: number, above: number): number {
  const { target, weight, raw, gradients, hessians } = space
  let loss = 0
  for (let i = start; i < end; i++) {
    const difference = (raw[i] as number) - (target[i] as number)
    const slope = difference > 0 ? above : below
    const w = weight === undefined ? 1 : (weight[i] as number)
    gradients[i] = w * slope
    if (hessians !== null) hessians[i] = w
    loss += w * slope * difference
  }
  return loss
}

/** Half the Poisson deviance with log link, but for a constant: gradient e^raw − y, hessian e^raw. */
export function poissonGradients(space: LossSpace, start: number, end: number): number {
  const { target, weight, raw, gradients } = space
  const hessians = space.hessians as Float32Array
  let loss = 0
  for (let i = start; i < end; i++) {
    const x = Math.min(raw[i] as number, EXPONENT_MAX)
    const y = target[i] as number
    const w = weight === undefined ? 1 : (weight[i] as number)
    const mean = exp(x)
    gradients[i] = w * (mean - y)
    hessians[i] = w * mean
    loss += w * (mean - y * x)
  }
  return loss
}
