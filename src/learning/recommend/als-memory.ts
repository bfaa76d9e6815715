// The memory that the threads of alternating least squares share.
import { assembleModule } from '../wasm/assemble-module.ts'
import { f32, i32, layout } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { compile, type WasmMemory } from '../wasm/web-assembly.ts'
import { GRAM_ROWS, solverRoutines } from './factor-routines.ts'
import type { Interactions } from './interactions.ts'

/** Gram matrices that are summed one by one, so that the sum does not depend on which thread did which rows. */
export const GRAM_CHUNKS_MAX = 32

/** One side: its factors, and what each entry has to do with the other side. */
export interface AlsSide {
  readonly count: number
  /** Row-major, `stride` values a row; rows behind `count` are 0. */
  readonly factors: Float32Array
  readonly starts: Int32Array
  readonly others: Int32Array
  /** α times the weight: what a pair's confidence has above 1. */
  readonly weights: Float32Array
}

export interface AlsState {
  readonly memory: WasmMemory<SharedArrayBuffer>
  readonly module: object
  readonly factorCount: number
  readonly stride: number
  readonly sides: readonly [users: AlsSide, items: AlsSide]
  /** Of the side that is held while the other is solved. */
  readonly gram: Float32Array
  /** GRAM_CHUNKS_MAX of them, row-major stride × stride. */
  readonly gramChunks: Float32Array
  /** Per thread three rows. */
  readonly scratch: Float32Array
  readonly control: Int32Array
  readonly iterations: number
  readonly regularization: number
  readonly steps: number
}

interface Shape {
  readonly factorCount: number
  readonly iterations: number
  readonly regularization: number
  readonly steps: number
  readonly alpha: number
  readonly threadCount: number
}

/** Values of a row: whole vectors of four. */
export function strideOf(factorCount: number): number {
  return 4 * Math.ceil(factorCount / 4)
}

/** Factors are 0. Throws DataError when all this needs more than the 4 GiB that WebAssembly can address. */
export function newAlsState(
  byUser: Interactions,
  byItem: Interactions,
  { factorCount, iterations, regularization, steps, alpha, threadCount }: Shape,
): AlsState {
  const stride = strideOf(factorCount)
  const plan = new MemoryPlan()
  const places = [byUser, byItem].map(({ starts, others }) => {
    const rows = GRAM_ROWS * Math.ceil((starts.length - 1) / GRAM_ROWS)
    const arrays = { factors: f32(rows * stride), starts: i32(starts.length), others: i32(others.length) }
    return layout({ ...arrays, weights: f32(others.length) }, plan)
  })
  const shared = layout(
    {
      gram: f32(stride * stride),
      gramChunks: f32(GRAM_CHUNKS_MAX * stride * stride),
      scratch: f32(threadCount * 3 * stride),
      control: i32(16),
    },
    plan,
  )
  const memory = plan.allocate('als_recommender holds the factors of users and items, and their pairs,')
  const [users, items] = [byUser, byItem].map(({ starts, others, weights }, side): AlsSide => {
    const views = (places[side] as (typeof places)[0]).views(memory.buffer)
    views.starts.set(starts)
    views.others.set(others)
    weights.forEach((weight, k) => {
      views.weights[k] = alpha * weight
    })
    return { count: starts.length - 1, ...views }
  }) as [AlsSide, AlsSide]
  const { gram, gramChunks, scratch, control } = shared.views(memory.buffer)
  const routines = solverRoutines(stride)
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: true }, routines }))
  const arrays = { memory, module, gram, gramChunks, scratch, control, sides: [users, items] as const }
  return { ...arrays, factorCount, stride, iterations, regularization, steps }
}
