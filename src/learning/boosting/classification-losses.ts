// Gradients of the log loss, for two classes and for more.
import { exp } from '../exp.ts'
import type { LossSpace } from './loss-space.ts'

/** Factors are multiplied up to this before one logarithm is taken of all: it costs ten multiplications. */
const PRODUCT_MAX = 1e200

/** One output, the log-odds of class 1: gradient p − y, hessian p (1 − p). */
export function binaryGradients(space: LossSpace, start: number, end: number): number {
  const { target, weight, raw, gradients } = space
  const hessians = space.hessians as Float32Array
  let loss = 0
  let product = 1
  for (let i = start; i < end; i++) {
    const x = raw[i] as number
    const y = target[i] as number
    // e^−|x| ≤ 1, so nothing overflows. The probability of the likelier class is 1 ÷ (1 + e), of the other e ÷ (1 + e).
    const e = exp(x > 0 ? -x : x)
    const likelier = 1 / (1 + e)
    const other = e * likelier
    const p = x > 0 ? likelier : other
    const g = p - y
    const h = likelier * other
    const linear = x > 0 ? x - y * x : -y * x
    if (weight === undefined) {
      gradients[i] = g
      hessians[i] = h
      loss += linear
      product *= 1 + e
      if (product > PRODUCT_MAX) {
        loss += Math.log(product)
        product = 1
      }
    } else {
      const w = weight[i] as number
      gradients[i] = w * g
      hessians[i] = w * h
      loss += w * (linear + Math.log1p(e))
    }
  }
  return loss + Math.log(product)
}

/** One output per class under softmax: gradients p − [class], hessians p (1 − p). */
export function multiclassGradients(space: LossSpace, classCount: number, start: number, end: number): number {
  const { rowCount, target, weight, raw, gradients } = space
  const hessians = space.hessians as Float32Array
  const length = end - start
  const highest = new Float64Array(length).fill(Number.NEGATIVE_INFINITY)
  const total = new Float64Array(length)
  const powers = new Float64Array(length * classCount)
  for (let c = 0; c < classCount; c++) {
    for (let i = 0, k = c * rowCount + start; i < length; i++, k++) {
      const x = raw[k] as number
      if (x > (highest[i] as number)) highest[i] = x
    }
  }
  for (let c = 0; c < classCount; c++) {
    for (let i = 0, k = c * rowCount + start, q = c * length; i < length; i++, k++, q++) {
      const e = exp((raw[k] as number) - (highest[i] as number))
      powers[q] = e
      total[i] = (total[i] as number) + e
    }
  }
  let loss = 0
  let product = 1
  for (let i = 0; i < length; i++) {
    const code = target[start + i] as number
    const sum = total[i] as number
    const linear = (highest[i] as number) - (raw[code * rowCount + start + i] as number)
    if (weight === undefined) {
      loss += linear
      product *= sum
      if (product > PRODUCT_MAX) {
        loss += Math.log(product)
        product = 1
      }
    } else loss += (weight[start + i] as number) * (linear + Math.log(sum))
    total[i] = 1 / sum
  }
  for (let c = 0; c < classCount; c++) {
    for (let i = 0, k = c * rowCount + start, q = c * length; i < length; i++, k++, q++) {
      const w = weight === undefined ? 1 : (weight[start + i] as number)
      const p = (powers[q] as number) * (total[i] as number)
      gradients[k] = w * (p - (target[start + i] === c ? 1 : 0))
      hessians[k] = w * p * (1 - p)
    }
  }
  return loss + Math.log(product)
}
