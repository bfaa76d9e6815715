// All that the loops of boosting read and write, in one memory.

import { f32, f64, i32, layout, u8 } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import type { WasmMemory } from '../wasm/web-assembly.ts'
import { planHistograms } from './histogram-builder.ts'
import type { BinForm } from './kernel-shape.ts'
import { LOGISTIC_ANSWER_BYTES } from './logistic-kernel.ts'
import type { RowSpace } from './partition-rows.ts'
import type { GrowingSpace } from './tree-grower.ts'

/**
 * outputs       values that a row's prediction has
 * form          of the bins: pairs where every hessian is 1
 * memberCount   threads; each grows whole trees (sharesTrees) or has its share of the columns
 * slotsMax      bins of any column, that of missing values among them
 * openMax       nodes of a tree that can be open at once
 */
export interface BoostSize {
  readonly trainingCount: number
  readonly validationCount: number
  readonly columnCount: number
  readonly outputs: number
  readonly form: BinForm
  readonly memberCount: number
  readonly sharesTrees: boolean
  readonly slotsMax: number
  readonly openMax: number
}

/** Places for rows, as in BinnedMatrix and LossSpace; filled with 0. */
export interface RowArrays {
  readonly codes: Uint8Array
  readonly target: Float64Array
  readonly raw: Float64Array
  readonly gradients: Float32Array
  readonly hessians: Float32Array | null
}

export interface BoostMemory {
  readonly memory: WasmMemory<SharedArrayBuffer>
  readonly training: RowArrays
  readonly validation: RowArrays
  /** One for each member. */
  readonly spaces: readonly GrowingSpace[]
}

/** Throws DataError when 4 GiB do not hold it all. */
export function newBoostMemory(size: BoostSize): BoostMemory {
  const { trainingCount, columnCount, form, memberCount, sharesTrees, slotsMax, openMax } = size
  const plan = new MemoryPlan()
  const training = planRows(plan, trainingCount, size)
  const validation = planRows(plan, size.validationCount, size)
  const members = [...Array(memberCount).keys()]
  const sharesRows = !sharesTrees && memberCount > 1
  const rowSpaces = (sharesTrees ? members : [0]).map(() =>
    layout(
      {
        rows: i32(trainingCount),
        lefts: i32(sharesRows ? trainingCount : 0),
        rights: i32(trainingCount),
        leftCounts: i32(memberCount),
      },
      plan,
    ),
  )
  const ownColumnsMax = sharesTrees ? columnCount : Math.ceil(columnCount / memberCount)
  const own = members.map(() => ({
    histograms: planHistograms(plan, trainingCount, ownColumnsMax, columnCount, slotsMax, openMax),
    arrays: layout({ goesLeft: u8(256), scratch: u8(LOGISTIC_ANSWER_BYTES) }, plan),
  }))
  const memory = plan.allocate('boosting holds its rows and histograms')
  const { buffer } = memory
  const rows = rowSpaces.map((space): RowSpace => space.views(buffer))
  return {
    memory,
    training: training(buffer),
    validation: validation(buffer),
    spaces: own.map(({ histograms, arrays }, m) => ({
      memory,
      form,
      rows: rows[sharesTrees ? m : 0] as RowSpace,
      histograms,
      goesLeft: arrays.views(buffer).goesLeft,
      scratch: arrays.places.scratch.offset,
    })),
  }
}

/** Gives the arrays, once there is a buffer. */
function planRows(
  plan: MemoryPlan,
  count: number,
  { columnCount, outputs, form }: BoostSize,
): (buffer: SharedArrayBuffer) => RowArrays {
  const hasHessians = form !== 'pairs'
  const arrays = layout(
    {
      codes: u8(count * columnCount),
      target: f64(count),
      raw: f64(count * outputs),
      gradients: f32(count * outputs),
      hessians: f32(hasHessians ? count * outputs : 0),
    },
    plan,
  )
  return (buffer) => {
    const views = arrays.views(buffer)
    return hasHessians ? views : { ...views, hessians: null }
  }
}
