// The way back from a function of the target to the target.
import type { FittedTransformedTarget } from '../../../learning/transformed-target.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { double } from '../tensor.ts'

/** values: what was learned, one a row. */
export function targetsOf(g: GraphBuilder, values: Value, { ownTransform, moments }: FittedTransformedTarget): Value {
  if (ownTransform === 'standardize') {
    return g.node('Add', [g.node('Mul', [values, double(moments.scale)]), double(moments.mean)])
  }
  if (ownTransform === 'log1p') return expm1(g, values)
  const root = g.node('Max', [values, double(0)])
  return g.node('Mul', [root, root])
}

/** e^v − 1 by Kahan's rule, which keeps the digits of a small v: (u − 1) · v ÷ ln u with u = e^v. */
function expm1(g: GraphBuilder, values: Value): Value {
  const u = g.node('Exp', [values])
  const rest = g.node('Sub', [u, double(1)])
  const isTiny = g.node('Equal', [rest, double(0)])
  // Where e^v vanishes or overflows, or is far from 1, the difference itself has all digits.
  const isFar = g.node('Greater', [g.node('Abs', [values]), double(1)])
  const isPlain = g.node('Or', [isTiny, isFar])
  const log = g.node('Log', [g.node('Where', [isPlain, double(2), u])])
  const near = g.node('Mul', [rest, g.node('Div', [values, log])])
  return g.node('Where', [isTiny, values, g.node('Where', [isFar, rest, near])])
}
