// From the sums of trees to what a model answers, in the arithmetic of its framework.
import { expFloat32 } from './float32-functions.ts'
import { glibcExp } from './glibc-exp.ts'
import type { ImportedScores, Link } from './imported-scores.ts'

/** XGBoost keeps the argument of the exponential finite in float32. */
const EXPONENT_MAX_FLOAT32 = Math.fround(88.7)

/** Numbers that each row has after the link. */
export function answersOf({ link, trees, line, baseline }: ImportedScores): number {
  if (link === 'sorted') return 1
  return line === null ? trees.outputs : baseline.length
}

/**
 * Applies the link to sums, row-major rows × outputs, in place; gives them, or the answers that were picked of them. The
 * links are ConvertOutput of LightGBM's objectives (src/objective/) and PredTransform of XGBoost's.
 */
export function applyLink(scores: ImportedScores, raw: Float64Array): Float64Array {
  const { link, isFloat32, divisor, slope, baseline } = scores
  const outputs = baseline.length
  if (divisor !== 1) for (let k = 0; k < raw.length; k++) raw[k] = (raw[k] as number) / divisor
  if (link === 'softmax') {
    for (let at = 0; at < raw.length; at += outputs) (isFloat32 ? softmaxFloat32 : softmax)(raw, at, outputs)
    return raw
  }
  if (link === 'sorted') return pickSorted(raw, outputs, scores.picked)
  const change = isFloat32 ? changeFloat32(link) : changeDouble(link, slope)
  if (change !== undefined) for (let k = 0; k < raw.length; k++) raw[k] = change(raw[k] as number)
  return raw
}

function changeDouble(link: Link, slope: number): ((sum: number) => number) | undefined {
  switch (link) {
    case 'sigmoid':
    case 'sigmoid_each':
      return (sum) => 1 / (1 + glibcExp(-slope * sum))
    case 'exp':
      return glibcExp
    case 'signed_square':
      return (sum) => (sum < 0 ? -sum * sum : sum * sum)
    case 'log1p_exp':
      return (sum) => Math.log1p(glibcExp(sum))
    case 'step':
      return (sum) => (sum > 0 ? 1 : 0)
    default:
      return undefined
  }
}

function changeFloat32(link: Link): ((sum: number) => number) | undefined {
  const { fround } = Math
  switch (link) {
    case 'sigmoid':
    case 'sigmoid_each':
      return (sum) => fround(1 / fround(expFloat32(Math.min(-sum, EXPONENT_MAX_FLOAT32)) + 1))
    case 'exp':
      return expFloat32
    case 'step':
      return (sum) => (sum > 0 ? 1 : 0)
    default:
      return undefined
  }
}

/** Common::Softmax of LightGBM. */
function softmax(raw: Float64Array, at: number, count: number): void {
  const highest = highestOf(raw, at, count)
  let total = 0
  for (let k = at; k < at + count; k++) {
    raw[k] = glibcExp((raw[k] as number) - highest)
    total += raw[k] as number
  }
  for (let k = at; k < at + count; k++) raw[k] = (raw[k] as number) / total
}

/** common::Softmax of XGBoost: float32 but for the total. */
function softmaxFloat32(raw: Float64Array, at: number, count: number): void {
  const { fround } = Math
  const highest = highestOf(raw, at, count)
  let total = 0
  for (let k = at; k < at + count; k++) {
    raw[k] = expFloat32(fround((raw[k] as number) - highest))
    total += raw[k] as number
  }
  const divisor = fround(total)
  for (let k = at; k < at + count; k++) raw[k] = fround((raw[k] as number) / divisor)
}

function highestOf(raw: Float64Array, at: number, count: number): number {
  let highest = raw[at] as number
  for (let k = at + 1; k < at + count; k++) highest = Math.max(highest, raw[k] as number)
  return highest
}

/** Of each row the number at place `picked` of its sorted numbers: quantiles that may not cross. */
function pickSorted(raw: Float64Array, outputs: number, picked: number): Float64Array {
  const found = new Float64Array(raw.length / outputs)
  for (let i = 0; i < found.length; i++) {
    found[i] = raw.slice(i * outputs, (i + 1) * outputs).sort()[picked] as number
  }
  return found
}
