// All that the loops of boosting read and write, in one memory.

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
  const trainingAt = planRows(plan, trainingCount, size)
  const validationAt = planRows(plan, size.validationCount, size)
  const members = [...Array(memberCount).keys()]
  const rowSpacesAt = (sharesTrees ? members : [0]).map(() => ({
    rows: plan.reserve(4 * trainingCount),
    lefts: plan.reserve(sharesTrees || memberCount === 1 ? 0 : 4 * trainingCount),
    rights: plan.reserve(4 * trainingCount),
    leftCounts: plan.reserve(4 * memberCount),
  }))
  const ownColumnsMax = sharesTrees ? columnCount : Math.ceil(columnCount / memberCount)
  const ownAt = members.map(() => ({
    histograms: planHistograms(plan, trainingCount, ownColumnsMax, columnCount, slotsMax, openMax),
    goesLeft: plan.reserve(256),
    scratch: plan.reserve(LOGISTIC_ANSWER_BYTES),
  }))
  const memory = plan.allocate('boosting holds its rows and histograms')
  const { buffer } = memory
  const rowSpaces = rowSpacesAt.map(
    (at): RowSpace => ({
      rows: new Int32Array(buffer, at.rows, trainingCount),
      lefts: new Int32Array(buffer, at.lefts, sharesTrees || memberCount === 1 ? 0 : trainingCount),
      rights: new Int32Array(buffer, at.rights, trainingCount),
      leftCounts: new Int32Array(buffer, at.leftCounts, memberCount),
    }),
  )
  return {
    memory,
    training: rowArrays(buffer, trainingAt, trainingCount, size),
    validation: rowArrays(buffer, validationAt, size.validationCount, size),
    spaces: ownAt.map(({ histograms, goesLeft, scratch }, m) => ({
      memory,
      form,
      rows: rowSpaces[sharesTrees ? m : 0] as RowSpace,
      histograms,
      goesLeft: new Uint8Array(buffer, goesLeft, 256),
      scratch,
    })),
  }
}

type RowAddresses = { readonly [key in keyof RowArrays]: number }

function planRows(plan: MemoryPlan, count: number, { columnCount, outputs, form }: BoostSize): RowAddresses {
  return {
    codes: plan.reserve(count * columnCount),
    target: plan.reserve(8 * count),
    raw: plan.reserve(8 * count * outputs),
    gradients: plan.reserve(4 * count * outputs),
    hessians: plan.reserve(form === 'pairs' ? 0 : 4 * count * outputs),
  }
}

function rowArrays(
  buffer: SharedArrayBuffer,
  at: RowAddresses,
  count: number,
  { columnCount, outputs, form }: BoostSize,
): RowArrays {
  return {
    codes: new Uint8Array(buffer, at.codes, count * columnCount),
    target: new Float64Array(buffer, at.target, count),
    raw: new Float64Array(buffer, at.raw, count * outputs),
    gradients: new Float32Array(buffer, at.gradients, count * outputs),
    hessians: form === 'pairs' ? null : new Float32Array(buffer, at.hessians, count * outputs),
  }
}
