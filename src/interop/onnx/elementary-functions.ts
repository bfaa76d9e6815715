// exp and log as V8 computes them, step by step in operators that every runtime rounds the same: then a file says the same
// bits as the worker, where the Exp and Log of a runtime are off by a unit in the last place.
import { EXP_PARTS, EXP_STEP_HIGH, EXP_STEP_LOW } from '../../learning/exp.ts'
import { asNumbers, toInt64 } from './formulas.ts'
import type { GraphBuilder, Value } from './graph-builder.ts'
import { double, doubles } from './tensor.ts'

/** ln 2 in two parts: the first has so few bits that its product with an exponent is exact. */
const [LN2_HIGH, LN2_LOW] = [0.6931471803691238, 1.9082149292705877e-10]
const EXP_SERIES = [
  ...[0.16666666666666602, -0.0027777777777015593, 6.613756321437934e-5],
  ...[-1.6533902205465252e-6, 4.1381367970572385e-8],
]
const LOG_SERIES = [
  ...[0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784],
  ...[0.1818357216161805, 0.15313837699209373, 0.14798198605116586],
] as const
/** Below it e^x is 0. */
const EXP_UNDERFLOW = -745.1332191019411
const LEAST = -746
const EXPONENT_MIN = -1_022

/**
 * e^x for x up to 700: Math.exp of V8, which is that of fdlibm (Sun Microsystems 1993, e_exp.c): x = k ln 2 + r, a rational
 * approximation of e^r, times 2^k. NaN stays.
 */
export function exp(g: GraphBuilder, x: Value): Value {
  const b = arithmetic(g)
  const safe = b.where(b.atLeast(x, LEAST), x, double(LEAST))
  const size = g.node('Abs', [safe])
  const sign = g.node('Sign', [safe])
  const nearest = b.times(
    sign,
    g.node('Floor', [g.node('Abs', [b.plus(b.times(safe, Math.LOG2E), b.times(sign, 0.5))])]),
  )
  const isBelowTwo = b.below(size, fromHighWord(0x3ff0a2b2))
  const k = b.where(b.atLeast(size, fromHighWord(0x3fd62e43)), b.where(isBelowTwo, sign, nearest), double(0))
  const high = b.minus(safe, b.times(k, LN2_HIGH))
  const low = b.times(k, LN2_LOW)
  const r = b.minus(high, low)
  const t = b.times(r, r)
  const c = b.minus(r, b.times(t, b.series(t, EXP_SERIES)))
  const quotient = g.node('Div', [b.times(r, c), b.minus(2, c)])
  const near = b.minus(1, b.minus(b.minus(low, quotient), high))
  // A power of two below the least normal one is taken in two steps.
  const place = toInt64(g, b.plus(k, -2 * EXPONENT_MIN))
  const powers = Array.from({ length: -2 * EXPONENT_MIN + 1_024 }, (_, i) => i + 2 * EXPONENT_MIN)
  const first = powers.map((power) => 2 ** (power >= -1_021 ? power : power + 1_000))
  const second = powers.map((power) => (power >= -1_021 ? 1 : 2 ** -1_000))
  const raised = b.times(b.times(near, b.at(first, place)), b.at(second, place))
  const isTiny = b.below(size, 2 ** -28)
  const known = b.where(isTiny, b.plus(safe, 1), b.where(b.equals(safe, 1), double(Math.E), raised))
  const told = b.where(b.below(x, EXP_UNDERFLOW), double(0), known)
  return b.where(g.node('IsNaN', [x]), x, told)
}

/** e^x for x up to 0 as learning/exp.ts has it, which says what it follows; below −708 as the runtime has it. */
export function exp32(g: GraphBuilder, x: Value): Value {
  const b = arithmetic(g)
  const isInside = g.node('Greater', [x, double(-708)])
  const safe = b.where(isInside, x, double(0))
  const k = g.node('Floor', [b.plus(b.times(safe, EXP_PARTS / Math.LN2), 0.5)])
  const r = b.minus(b.minus(safe, b.times(k, EXP_STEP_HIGH)), b.times(k, EXP_STEP_LOW))
  const power = b.series(r, [1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720])
  const whole = g.node('Floor', [g.node('Div', [k, double(EXP_PARTS)])])
  const part = toInt64(g, b.minus(k, b.times(whole, EXP_PARTS)))
  const fractions = Array.from({ length: EXP_PARTS }, (_, j) => 2 ** (j / EXP_PARTS))
  const wholes = Array.from({ length: 1 - EXPONENT_MIN }, (_, n) => 2 ** (n + EXPONENT_MIN))
  const scale = b.at(wholes, toInt64(g, b.plus(whole, -EXPONENT_MIN)))
  const inside = b.times(scale, b.times(b.at(fractions, part), power))
  return b.where(isInside, inside, g.node('Exp', [x]))
}

/**
 * ln x for normal numbers above 0: Math.log of V8, which is that of fdlibm (e_log.c): x = 2^k (1 + f) with 1 + f between √½
 * and √2, and a series in f ÷ (2 + f). NaN stays.
 */
export function log(g: GraphBuilder, x: Value): Value {
  const b = arithmetic(g)
  const safe = b.where(g.node('Greater', [x, double(0)]), x, double(1))
  const { mantissa, exponent } = inParts(g, safe)
  const isUpper = b.atLeast(mantissa, fromHighWord(0x3ff6a09c))
  const f = b.plus(b.where(isUpper, b.times(mantissa, 0.5), mantissa), -1)
  const k = b.plus(exponent, asNumbers(g, isUpper))
  const s = g.node('Div', [f, b.plus(f, 2)])
  const z = b.times(s, s)
  const w = b.times(z, z)
  const [l1, l2, l3, l4, l5, l6, l7] = LOG_SERIES
  const even = b.times(w, b.series(w, [l2, l4, l6]))
  const odd = b.times(z, b.series(w, [l1, l3, l5, l7]))
  const rest = b.plus(odd, even)
  const [high, low] = [b.times(k, LN2_HIGH), b.times(k, LN2_LOW)]
  const half = b.times(b.times(f, 0.5), f)
  const inMiddle = b.minus(half, b.plus(b.times(s, b.plus(half, rest)), low))
  const outside = b.minus(b.times(s, b.minus(f, rest)), low)
  const isMiddle = g.node('And', [
    b.atLeast(mantissa, fromHighWord(0x3ff6147a)),
    b.below(mantissa, fromHighWord(0x3ff6b852)),
  ])
  const square = b.times(b.times(f, f), b.minus(0.5, b.times(f, 0.3333333333333333)))
  const isClose = g.node('Or', [
    b.below(mantissa, fromHighWord(0x3ff00001)),
    b.atLeast(mantissa, fromHighWord(0x3ffffffe)),
  ])
  const taken = b.where(isClose, b.minus(square, low), b.where(isMiddle, inMiddle, outside))
  return b.where(g.node('IsNaN', [x]), x, b.minus(high, b.minus(taken, f)))
}

/** x as mantissa · 2^exponent, the mantissa from 1 to below 2. The exponent is guessed and put right. */
function inParts(g: GraphBuilder, x: Value): { readonly mantissa: Value; readonly exponent: Value } {
  const b = arithmetic(g)
  const guess = g.node('Floor', [g.node('Div', [g.node('Log', [x]), double(Math.LN2)])])
  const inverses = Array.from({ length: 2_046 }, (_, i) => 2 ** -(i + EXPONENT_MIN))
  const within = g.node('Max', [g.node('Min', [guess, double(1_023)]), double(EXPONENT_MIN)])
  const scaled = b.times(x, b.at(inverses, toInt64(g, b.plus(within, -EXPONENT_MIN))))
  const isLow = b.below(scaled, 1)
  const isHigh = b.atLeast(scaled, 2)
  const factor = b.where(isLow, double(2), b.where(isHigh, double(0.5), double(1)))
  const step = b.where(isLow, double(-1), b.where(isHigh, double(1), double(0)))
  return { mantissa: b.times(scaled, factor), exponent: g.node('Add', [within, step]) }
}

/** The least double whose upper 32 bits are these. */
function fromHighWord(word: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setUint32(0, word)
  return view.getFloat64(0)
}

type Operand = Value | number

/** Operators on values and numbers. */
function arithmetic(g: GraphBuilder) {
  const of = (operand: Operand) => (typeof operand === 'number' ? double(operand) : operand)
  const binary = (operator: string) => (a: Operand, b: Operand) => g.node(operator, [of(a), of(b)])
  const [plus, minus, times] = [binary('Add'), binary('Sub'), binary('Mul')]
  return {
    plus,
    minus,
    times,
    below: binary('Less'),
    atLeast: binary('GreaterOrEqual'),
    equals: binary('Equal'),
    where: (condition: Value, yes: Value | ReturnType<typeof double>, no: Value | ReturnType<typeof double>) =>
      g.node('Where', [condition, yes, no]),
    at: (table: readonly number[], places: Value) => g.node('Gather', [doubles(table), places], { axis: 0 }),
    /** c0 + x (c1 + x (c2 + …)). */
    series: (x: Value, coefficients: readonly number[]): Value =>
      coefficients
        .slice(0, -1)
        .reduceRight<Operand>(
          (sum, coefficient) => plus(times(x, sum), coefficient),
          coefficients.at(-1) as number,
        ) as Value,
  }
}
