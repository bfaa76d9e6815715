// Gini impurity and entropy: what a cut scores by the weights of the classes on its two sides.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { float, type Local, type Value } from '../../wasm/values.ts'
import type { Thread } from './kernel-code.ts'
import { xLogXOf } from './x-log-x.ts'

export interface ClassMeasure {
  /** What the sum over the classes adds up of a class's weight. */
  ofWeight(weight: Value): Value
  /** Of a node, by that sum and its weight. */
  impurity(sum: Value, weight: Value): Value
  /** The score of a node that is not cut. */
  wholeScore(sum: Value, weight: Value): Value
  /** The higher the better: a and b are the sums of the sides. */
  scoreOfSums(a: Value, b: Value, left: Value, right: Value): Value
  /** The same, kept up while rows move to the left. */
  leftSums(w: RoutineWriter, thread: Thread): ClassSums
}

export interface ClassSums {
  /** Before the first row: what is on the left is nothing. */
  clear(): void
  /** A row of weight v moves to the left; its class has c there so far, and `total` in the node. */
  add(c: Local, total: Local, v: Local): void
  score(left: Local, right: Local): Value
}

/**
 * With c and C the weights of the classes on the left and in the node, w and W their sums, the score is
 * Σc²/w + Σ(C−c)²/(W−w). When a row of class k and weight v moves left, Σc² grows by v·(2c_k + v), and
 * Σ(C−c)² = ΣC² − 2ΣCc + Σc² needs only ΣCc, which grows by v·C_k. O(1) a row. With integer weights of a sum below 2^26
 * the sums are exact.
 */
export const gini: ClassMeasure = {
  ofWeight: (weight) => weight.times(weight),
  impurity: (sum, weight) => float(1).minus(sum.over(weight.times(weight))),
  wholeScore: (sum, weight) => sum.over(weight),
  scoreOfSums: (a, b, left, right) => a.times(right).plus(b.times(left)).over(left.times(right)),
  leftSums(w, thread) {
    const squares = w.local(thread.float('total'))
    const a = w.local(float(0))
    const b = w.local(float(0))
    return {
      clear() {
        w.set(a, 0)
        w.set(b, 0)
      },
      add(c, total, v) {
        w.add(a, v.times(c.plus(c).plus(v)))
        w.add(b, v.times(total))
      },
      score: (left, right) => gini.scoreOfSums(a, squares.minus(b.plus(b)).plus(a), left, right),
    }
  },
}

/** The score is Σ f(c) − f(w) + Σ f(C−c) − f(W−w) with f(x) = x·log2 x. One row changes four terms. */
export const entropy: ClassMeasure = {
  ofWeight: xLogXOf,
  impurity: (sum, weight) => xLogXOf(weight).minus(sum).over(weight),
  wholeScore: (sum, weight) => sum.minus(xLogXOf(weight)),
  scoreOfSums: (a, b, left, right) => a.plus(b).minus(xLogXOf(left)).minus(xLogXOf(right)),
  leftSums(w, thread) {
    const whole = w.local(thread.float('total'))
    const sum = w.local(float(0))
    return {
      clear: () => w.set(sum, whole),
      add(c, total, v) {
        const r = w.local(total.minus(c))
        w.add(
          sum,
          xLogXOf(c.plus(v))
            .minus(xLogXOf(c))
            .plus(xLogXOf(r.minus(v)).minus(xLogXOf(r))),
        )
      },
      score: (left, right) => sum.minus(xLogXOf(left)).minus(xLogXOf(right)),
    }
  },
}
