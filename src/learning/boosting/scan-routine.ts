// The scan of a numeric column's bins in WebAssembly, for the common case; scan-numbers.ts does the others, and is its twin.
import { routine } from '../wasm/routine.ts'
import { F64, I32 } from '../wasm/values.ts'
import { F64x2 } from '../wasm/vectors.ts'
import type { KernelShape } from './kernel-shape.ts'
import { HESSIAN_MIN } from './split-candidate.ts'

const PARAMETERS = {
  ...{ sums: I32, sumsEnd: I32, counts: I32, answer: I32, count: I32, minSamplesLeaf: I32 },
  ...{ gradient: F64, hessian: F64, l2: F64, nodeLoss: F64, bestGain: F64 },
} as const

/** See `scan` of BoostingKernel. Left and right go side by side: one division does for both. */
export function scanRoutine({ form }: Pick<KernelShape, 'form'>) {
  return routine('scan', PARAMETERS, I32, (w, given) => {
    const { sums, sumsEnd, counts, answer, count, minSamplesLeaf, gradient, hessian, l2, nodeLoss, bestGain } = given
    const node = w.keep(F64x2.splat(gradient).withLane(1, hessian))
    const l2s = w.keep(F64x2.splat(l2))
    const epsilons = w.keep(F64x2.of(1e-15))
    const first = w.keep(sums)
    const best = w.keep(I32.of(-1))
    const left = w.declare(F64x2)
    const leftCount = w.declare(I32)
    w.each(sums, sumsEnd, 16, (rightIsTooSmall) => {
      w.block((nextBin) => {
        const pair = w.keep(F64x2.load(sums))
        // Counts are float64 where they are sums of hessians of 1: exact, and so compared alike.
        const binCount = w.keep(form === 'pairs' ? pair.lane(1).truncatedInRange() : I32.load(counts))
        w.branch(nextBin, binCount.isZero())
        w.add(left, pair)
        w.add(leftCount, binCount)
        w.branch(nextBin, leftCount.isBelowUnsigned(minSamplesLeaf))
        w.branch(nextBin, left.lane(1).isBelow(HESSIAN_MIN))
        w.branch(rightIsTooSmall, count.minus(leftCount).isBelowUnsigned(minSamplesLeaf))
        const right = w.keep(node.minus(left))
        w.branch(rightIsTooSmall, right.lane(1).isBelow(HESSIAN_MIN))
        const gradients = w.keep(left.firstLanes(right))
        const hessians = left.secondLanes(right).plus(l2s).plus(epsilons)
        const products = w.keep(gradients.times(gradients.negated().over(hessians)))
        const gain = w.keep(nodeLoss.minus(products.lane(0)).minus(products.lane(1)))
        w.if(gain.isAbove(bestGain), () => {
          w.set(bestGain, gain)
          w.set(best, sums.minus(first).shiftRight(4))
          w.store(answer, gain)
          w.store(answer, left, 16)
          w.store(answer, leftCount, 8)
        })
      })
      w.add(counts, 4)
    })
    return best
  })
}
