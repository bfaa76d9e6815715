// Gini impurity and entropy: what a cut scores by the weights of the classes on its two sides.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { F64, type Local } from '../../wasm/values.ts'
import type { Thread } from './kernel-code.ts'
import type { XLogXRoutine } from './x-log-x.ts'

export interface ClassMeasure {
  /** What the sum over the classes adds up of a class's weight. */
  ofWeight(weight: Local<F64>): F64
  /** Of a node, by that sum and its weight. */
  impurity(sum: Local<F64>, weight: Local<F64>): F64
  /** The score of a node that is not cut. */
  wholeScore(sum: F64, weight: F64): F64
  /** The higher the better: a and b are the sums of the sides. */
  scoreOfSums(a: F64, b: F64, left: Local<F64>, right: Local<F64>): F64
  /** The same, kept up while rows move to the left. */
  leftSums(w: RoutineWriter, thread: Thread): ClassSums
}

export interface ClassSums {
  /** Before the first row: what is on the left is nothing. */
  clear(): void
  /** A row of weight v moves to the left; its class has c there so far, and `total` in the node. */
  add(c: Local<F64>, total: Local<F64>, v: Local<F64>): void
  score(left: Local<F64>, right: Local<F64>): F64
}

/**
 * With c and C the weights of the classes on the left and in the node, w and W their sums, the score is
 * Σc²/w + Σ(C−c)²/(W−w). When a row of class k and weight v moves left, Σc² grows by v·(2c_k + v), and
 * Σ(C−c)² = ΣC² − 2ΣCc + Σc² needs only ΣCc, which grows by v·C_k. O(1) a row. With integer weights of a sum below 2^26
 * the sums are exact.
 */
export const gini: ClassMeasure = {
  ofWeight: (weight) => weight.times(weight),
  impurity: (sum, weight) => F64.of(1).minus(sum.over(weight.times(weight))),
  wholeScore: (sum, weight) => sum.over(weight),
  scoreOfSums: (a, b, left, right) => a.times(right).plus(b.times(left)).over(left.times(right)),
  leftSums(w, thread) {
    const squares = w.keep(thread.get('total'))
    const a = w.keep(F64.of(0))
    const b = w.keep(F64.of(0))
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
export function entropy(xLogX: XLogXRoutine): ClassMeasure {
  const xLogXOf = (x: F64): F64 => xLogX.of({ x })
  return {
    ofWeight: xLogXOf,
    impurity: (sum, weight) => xLogXOf(weight).minus(sum).over(weight),
    wholeScore: (sum, weight) => sum.minus(xLogXOf(weight)),
    scoreOfSums: (a, b, left, right) => a.plus(b).minus(xLogXOf(left)).minus(xLogXOf(right)),
    leftSums(w, thread) {
      const whole = w.keep(thread.get('total'))
      const sum = w.keep(F64.of(0))
      return {
        clear: () => w.set(sum, whole),
        add(c, total, v) {
          const r = w.keep(total.minus(c))
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
}
