// What explanations do once a node in WebAssembly: products down a tree, sums up again, two points an instruction.
import { assembleModule } from '../wasm/assemble-module.ts'
import { routine } from '../wasm/routine.ts'
import { F64, I32, type Local } from '../wasm/values.ts'
import { F64x2, sumOfLanes } from '../wasm/vectors.ts'

/**
 * An edge: its share (float64), its share over that of the edge above by the same column, the share above less 1, then
 * int32: where the vectors of the parent stand, and those of the edge above, each less the beginning of its array; 8 · the
 * column; and IS_LEAF, IS_LEFT.
 */
export const EDGE_BYTES = 40
export const EDGE = { share: 0, ratio: 8, aboveLess: 16, parent: 24, above: 28, column: 32, kind: 36 } as const
export const IS_LEAF = 1
export const IS_LEFT = 2

/** How a row stands to an edge: off the path of an edge above by the same column, off this one, or on it. */
export const [OFF_ABOVE, OFF, ON] = [0, 1, 2] as const

/** All addresses are bytes. Vectors are of so many bytes, a multiple of 16. */
export interface ShapleyRoutines {
  /**
   * For each edge from `edges` to `end`, and each of the points: 1 over the factor of a row on the edge, into `over`, and
   * what the edge makes of the product above it, on it into `on`, off it into `off`. rests: 1 less the points.
   */
  prepare(
    edges: number,
    end: number,
    vectorBytes: number,
    points: number,
    rests: number,
    over: number,
    on: number,
    off: number,
  ): void
  /**
   * For each edge from `edges` to `end`: the vector of its parent times its own, from `on` or `off` on, a vector an edge.
   * states: a byte an edge. products: where the vector of the root stands, behind which the others come.
   */
  multiply(
    edges: number,
    end: number,
    vectorBytes: number,
    states: number,
    on: number,
    off: number,
    products: number,
  ): void
  /**
   * Sums from the edge at `edges`, the last, to that at `first`, and adds what each column contributes to its place from `out`
   * on. What has a place for each node is told by its place for the last; overRoot, sumsRoot: for the root. values: what each
   * leaf says, valueBytes a node.
   */
  sum(
    edges: number,
    first: number,
    vectorBytes: number,
    states: number,
    over: number,
    overRoot: number,
    overRests: number,
    products: number,
    sums: number,
    sumsRoot: number,
    values: number,
    valueBytes: number,
    out: number,
  ): void
}

const prepare = routine(
  'prepare',
  { edges: I32, end: I32, vectorBytes: I32, points: I32, rests: I32, over: I32, on: I32, off: I32 },
  (w, { edges, end, vectorBytes, points, rests, over, on, off }) => {
    const first = w.keep(over)
    const at = w.declare(I32)
    w.each(edges, end, EDGE_BYTES, () => {
      const share = w.keep(F64x2.splat(F64.load(edges, EDGE.share)))
      const above = w.keep(first.plus(I32.load(edges, EDGE.above)))
      w.set(at, 0)
      w.while(at.isBelowUnsigned(vectorBytes), () => {
        const others = w.keep(F64x2.load(rests.plus(at)).times(share))
        const factor = w.keep(others.plus(F64x2.load(points.plus(at))))
        w.store(over.plus(at), F64x2.of(1).over(factor))
        const overAbove = w.keep(F64x2.load(above.plus(at)))
        w.store(on.plus(at), factor.times(overAbove))
        w.store(off.plus(at), others.times(overAbove))
        w.add(at, 16)
      })
      for (const pointer of [over, on, off]) w.add(pointer, vectorBytes)
    })
  },
)

const multiply = routine(
  'multiply',
  { edges: I32, end: I32, vectorBytes: I32, states: I32, on: I32, off: I32, products: I32 },
  (w, { edges, end, vectorBytes, states, on, off, products }) => {
    const to = w.keep(products)
    const at = w.declare(I32)
    w.each(edges, end, EDGE_BYTES, () => {
      w.add(to, vectorBytes)
      const from = w.keep(products.plus(I32.load(edges, EDGE.parent)))
      const state = w.keep(I32.loadU8(states))
      w.set(at, 0)
      w.if(
        state,
        () => {
          const factors = w.keep(on.where(state.equals(ON), off))
          w.repeat(() => {
            w.store(to.plus(at), F64x2.load(from.plus(at)).times(F64x2.load(factors.plus(at))))
            w.add(at, 16)
            return at.isBelowUnsigned(vectorBytes)
          })
        },
        () => {
          const ratio = w.keep(F64x2.splat(F64.load(edges, EDGE.ratio)))
          w.repeat(() => {
            w.store(to.plus(at), F64x2.load(from.plus(at)).times(ratio))
            w.add(at, 16)
            return at.isBelowUnsigned(vectorBytes)
          })
        },
      )
      for (const pointer of [on, off]) w.add(pointer, vectorBytes)
      w.add(states, 1)
    })
  },
)

const SUM = {
  ...{ edges: I32, first: I32, vectorBytes: I32, states: I32, over: I32, overRoot: I32, overRests: I32 },
  ...{ products: I32, sums: I32, sumsRoot: I32, values: I32, valueBytes: I32, out: I32 },
} as const

const sum = routine('sum', SUM, (w, given) => {
  const { edges, first, vectorBytes, states, over, overRoot, overRests } = given
  const { products, sums, sumsRoot, values, valueBytes, out } = given
  const at = w.declare(I32)
  const total = w.declare(F64x2)
  /** Adds up the products of the node's sums and a vector. */
  const dot = (vector: Local<I32>): F64 => {
    w.set(at, 0)
    w.set(total, F64x2.of(0))
    w.repeat(() => {
      w.add(total, F64x2.load(sums.plus(at)).times(F64x2.load(vector.plus(at))))
      w.add(at, 16)
      return at.isBelowUnsigned(vectorBytes)
    })
    return sumOfLanes(total)
  }
  w.while(edges.isBelowUnsigned(first).isZero(), () => {
    const kind = w.keep(I32.load(edges, EDGE.kind))
    w.if(kind.and(IS_LEAF), () => {
      const value = w.keep(F64x2.loadSplat(values))
      w.set(at, 0)
      w.repeat(() => {
        w.store(sums.plus(at), F64x2.load(products.plus(at)).times(value))
        w.add(at, 16)
        return at.isBelowUnsigned(vectorBytes)
      })
    })
    const state = w.keep(I32.loadU8(states))
    w.if(state, () => {
      const isOn = w.keep(state.equals(ON))
      const vector = w.keep(over.where(isOn, overRests))
      // Off the edge its share counts as 2, so that the factor is −1.
      const factor = w.keep(F64.of(1).minus(F64.load(edges, EDGE.share).where(isOn, 2)))
      const share = w.keep(dot(vector).times(factor))
      const aboveLess = w.keep(F64.load(edges, EDGE.aboveLess))
      w.if(aboveLess.differs(0), () => {
        const above = w.keep(overRoot.plus(I32.load(edges, EDGE.above)))
        w.add(share, dot(above).times(aboveLess))
      })
      const place = w.keep(out.plus(I32.load(edges, EDGE.column)))
      w.store(place, F64.load(place).plus(share))
    })
    const parent = w.keep(sumsRoot.plus(I32.load(edges, EDGE.parent)))
    w.set(at, 0)
    w.if(
      kind.and(IS_LEFT),
      () => {
        w.repeat(() => {
          w.store(parent.plus(at), F64x2.load(parent.plus(at)).plus(F64x2.load(sums.plus(at))))
          w.add(at, 16)
          return at.isBelowUnsigned(vectorBytes)
        })
      },
      // The right child comes first here.
      () => {
        w.repeat(() => {
          w.store(parent.plus(at), F64x2.load(sums.plus(at)))
          w.add(at, 16)
          return at.isBelowUnsigned(vectorBytes)
        })
      },
    )
    w.add(edges, -EDGE_BYTES)
    w.add(states, -1)
    for (const pointer of [over, products, sums]) w.set(pointer, pointer.minus(vectorBytes))
    w.set(values, values.minus(valueBytes))
  })
})

/** The bytes of the module; it imports env.memory. */
export function assembleShapley(): Uint8Array<ArrayBuffer> {
  const routines = [prepare, multiply, sum]
  return assembleModule({ memory: { name: 'memory', isShared: false }, routines })
}
