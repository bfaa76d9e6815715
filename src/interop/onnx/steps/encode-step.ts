// Encoding steps as operators, by their types and states.
import type { EstimatorState } from '../../../learning/estimator.ts'
import type { FittedStep } from '../../../model/steps/step.ts'
import { changeAll, type EncodedFrame, replaceEach } from '../encoded-frame.ts'
import { asNumbers, beside, lookUp } from '../formulas.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { double, doubles, int64s } from '../tensor.ts'
import { timeParts } from './time-parts.ts'

type Encoder = (g: GraphBuilder, frame: EncodedFrame, state: EstimatorState) => EncodedFrame

const ENCODERS: Readonly<Record<string, Encoder>> = {
  impute,
  standardize,
  one_hot: oneHot,
  ordinal,
  target_encode: targetEncode,
  drop: leaveOut,
  select_varying: leaveOut,
  select_important: leaveOut,
  log1p,
  bin,
  polynomial,
  times,
}

/** Why ONNX cannot say a step; undefined where it can. */
export function stepRefusal({ type, isBuiltIn }: FittedStep): string | undefined {
  if (isBuiltIn !== true) return 'it is a step of the model class, and what it does is in its code alone'
  if (type === 'text') return 'no operator of ONNX parts texts of any script into words'
  return Object.hasOwn(ENCODERS, type) ? undefined : 'there is no rule for it'
}

/** What the step makes of the columns. The step is one without a refusal. */
export function encodeStep(g: GraphBuilder, frame: EncodedFrame, step: FittedStep): EncodedFrame {
  return (ENCODERS[step.type] as Encoder)(g, frame, step.toState())
}

function impute(g: GraphBuilder, frame: EncodedFrame, { fills }: EstimatorState): EncodedFrame {
  const row = fills as Float64Array
  return changeAll(g, frame, (x) => g.node('Where', [g.node('IsNaN', [x]), doubles(row, [1, row.length]), x]))
}

function standardize(g: GraphBuilder, frame: EncodedFrame, { means, scales }: EstimatorState): EncodedFrame {
  const [from, by] = [means as Float64Array, scales as Float64Array]
  return changeAll(g, frame, (x) => {
    const moved = g.node('Sub', [x, doubles(from, [1, from.length])])
    return g.node('Div', [moved, doubles(by, [1, by.length])])
  })
}

function oneHot(g: GraphBuilder, frame: EncodedFrame, { widths, isSparse }: EstimatorState): EncodedFrame {
  const sparse = [...frame.sparse]
  const encoded = replaceEach(g, frame, (column, j) => {
    const width = (widths as Int32Array)[j] as number
    if (width === 0) return undefined
    const codes = Float64Array.from({ length: width }, (_, code) => code)
    const value = asNumbers(g, g.node('Equal', [column(), doubles(codes, [1, width])]))
    if (isSparse !== true) return [{ value, width }]
    sparse.push({ value, width })
    return []
  })
  return { dense: encoded.dense, sparse }
}

function ordinal(g: GraphBuilder, frame: EncodedFrame, { places }: EstimatorState): EncodedFrame {
  if (places === undefined) return frame
  return replaceEach(g, frame, (column, j) => {
    const of = (places as readonly (Float64Array | null)[])[j]
    return of ? [{ value: lookUp(g, column(), [...of, Number.NaN]), width: 1 }] : undefined
  })
}

function targetEncode(g: GraphBuilder, frame: EncodedFrame, state: EstimatorState): EncodedFrame {
  const leftOut = state['left_out'] as Int32Array
  const encodings = state['encodings'] as readonly (readonly Float64Array[])[]
  return replaceEach(g, frame, (column, j) => {
    if (leftOut.includes(j)) return []
    const own = encodings[j] ?? []
    // The last number is that of a missing value.
    return own.length === 0 ? undefined : own.map((numbers) => ({ value: lookUp(g, column(), numbers), width: 1 }))
  })
}

function leaveOut(g: GraphBuilder, frame: EncodedFrame, { dropped }: EstimatorState): EncodedFrame {
  return replaceEach(g, frame, (_, j) => ((dropped as Int32Array)[j] === 1 ? [] : undefined))
}

/** ln(1 + x) by Kahan's rule, which keeps the digits of a small x: ln(u) · x ÷ (u − 1) with u = 1 + x. */
function log1p(g: GraphBuilder, frame: EncodedFrame, { taken }: EstimatorState): EncodedFrame {
  return replaceEach(g, frame, (column, j) => {
    if ((taken as Float64Array)[j] !== 1) return undefined
    const x = column()
    const isTaken = g.node('Greater', [x, double(-1)])
    const safe = g.node('Where', [isTaken, x, double(1)])
    const u = g.node('Add', [safe, double(1)])
    const rest = g.node('Sub', [u, double(1)])
    const isTiny = g.node('Equal', [rest, double(0)])
    const divisor = g.node('Where', [isTiny, double(1), rest])
    const log = g.node('Mul', [g.node('Log', [u]), g.node('Div', [safe, divisor])])
    const known = g.node('Where', [isTiny, safe, log])
    return [{ value: g.node('Where', [isTaken, known, double(Number.NaN)]), width: 1 }]
  })
}

/** The number of cuts that a value has reached. */
function bin(g: GraphBuilder, frame: EncodedFrame, { cuts }: EstimatorState): EncodedFrame {
  return replaceEach(g, frame, (column, j) => {
    const own = (cuts as readonly (Float64Array | null)[])[j]
    if (!own) return undefined
    const x = column()
    const isMissing = g.node('IsNaN', [x])
    const zero = g.node('Where', [isMissing, x, double(0)])
    if (own.length === 0) return [{ value: zero, width: 1 }]
    const reached = asNumbers(g, g.node('GreaterOrEqual', [x, doubles(own, [1, own.length])]))
    const sum = g.node('ReduceSum', [reached, int64s([1])], { keepdims: 1 })
    return [{ value: g.node('Add', [sum, zero]), width: 1 }]
  })
}

function polynomial(g: GraphBuilder, frame: EncodedFrame, state: EstimatorState): EncodedFrame {
  const taken = [...(state['taken'] as Float64Array)]
  const columns = new Map<number, Value>()
  replaceEach(g, frame, (column, j) => {
    if (taken.includes(j)) columns.set(j, column())
    return undefined
  })
  return replaceEach(g, frame, (column, j) => {
    const place = taken.indexOf(j)
    if (place < 0) return undefined
    const own = column()
    const others = taken.slice(state['interaction_only'] === true ? place + 1 : place)
    const kept = { value: own, width: 1 }
    if (others.length === 0) return [kept]
    const factors = beside(
      g,
      others.map((k) => columns.get(k) as Value),
    )
    return [kept, { value: g.node('Mul', [own, factors]), width: others.length }]
  })
}

function times(g: GraphBuilder, frame: EncodedFrame, { parts, starts, ranges }: EstimatorState): EncodedFrame {
  return replaceEach(g, frame, (column, j) => {
    const names = (parts as readonly (readonly string[])[])[j] as readonly string[]
    if (names.length === 0) return undefined
    const range = (ranges as readonly Float64Array[])[j] as Float64Array
    const made = timeParts(g, column(), names, (starts as Float64Array)[j] as number)
    return made.map((value, k) => {
      const [from, width] = [range[2 * k] as number, range[2 * k + 1] as number]
      if (from === 0 && width === 1) return { value, width: 1 }
      return { value: g.node('Div', [g.node('Sub', [value, double(from)]), double(width)]), width: 1 }
    })
  })
}
