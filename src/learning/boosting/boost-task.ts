// Boosting itself: one task that every thread of a team runs, in step.
import { Barrier } from '../parallel/barrier.ts'
import type { TeamMember } from '../parallel/thread-team.ts'
import type { BinnedMatrix } from './column-bins.ts'
import { type StoppingRule, shouldStop } from './early-stopping.ts'
import { setLeafQuantiles } from './leaf-quantiles.ts'
import { LogisticGradients } from './logistic-kernel.ts'
import { computeGradients, type Loss, leafQuantile, outputCount } from './loss.ts'
import type { LossSpace } from './loss-space.ts'
import { type GrownBatch, TreeWriter } from './tree-batch.ts'
import { type GrowingSpace, type GrowthRules, TreeGrower } from './tree-grower.ts'
import { addByWalk, addLeafValues } from './update-scores.ts'

/** Rows whose gradients and losses are summed by one thread, in order: the sum is then the same for any team. */
export const CHUNK_ROWS = 2048

/** Rows, their loss and the sums of chunks of them; everything in it is shared memory. */
export interface Rows {
  readonly binned: BinnedMatrix
  readonly space: LossSpace
  /** Per chunk: the loss, then per output the sums of gradients and of hessians. */
  readonly chunkSums: Float64Array
  readonly weightSum: number
}

export interface BoostInput {
  readonly training: Rows
  readonly validation: Rows | undefined
  readonly loss: Loss
  readonly rules: GrowthRules
  readonly iterations: number
  /** Looks at the losses of `validation`, or of `training` where there is none. */
  readonly stopping: StoppingRule | undefined
  /** Per column 1 where bins are groups of levels, searched in order. */
  readonly pooled: Uint8Array
  /** With an output for each class: whole trees are shared out in place of columns. */
  readonly sharesTrees: boolean
  /** One per member. */
  readonly spaces: readonly GrowingSpace[]
  readonly candidates: Float64Array
  readonly leafValues: Float64Array
}

export interface BoostResult {
  /** The trees that this member is to hand over: all, or those of its outputs. */
  readonly trees: GrownBatch
  /** Mean losses before the first tree and after each iteration. One that is not finite is the last. */
  readonly trainingLoss: Float64Array
  readonly validationLoss: Float64Array
}

/** What only the calling thread does between splits and iterations. */
export interface Listener {
  breathe(): Promise<void> | undefined
  report(iteration: number): void
}

const silent: Listener = { breathe: () => undefined, report: () => {} }

/**
 * Grows `iterations` times one tree per output, each on the gradients that those before it leave.
 *
 * Phases of an iteration, between barriers: gradients by chunks of rows; trees, their histograms by columns (or the
 * trees themselves by outputs); outputs by rows. What is decided from sums, every member decides for itself, equally.
 */
export async function boost(input: BoostInput, member: TeamMember, listener = silent): Promise<BoostResult> {
  const { training, validation, loss, rules, stopping, sharesTrees } = input
  const outputs = outputCount(loss)
  const { rowCount } = training.binned
  const alone: TeamMember = { index: 0, count: 1, barrier: new Barrier(1, member.stop), stop: member.stop }
  const growing = sharesTrees ? alone : member
  const space = input.spaces[member.index] as GrowingSpace
  const { rows } = space.rows
  const grower = new TreeGrower(training.binned, rules, growing, space, input.candidates, () => listener.breathe())
  const quantile = leafQuantile(loss)
  const isLogistic = loss.name === 'binary' && training.space.weight === undefined
  const logistic = isLogistic ? new LogisticGradients(space.memory, space.scratch) : undefined
  const writer = new TreeWriter(input.pooled)
  const trainingLoss: number[] = []
  const validationLoss: number[] = []

  for (let iteration = 0; ; iteration++) {
    chunkGradients(training, loss, logistic, member)
    if (validation) chunkGradients(validation, loss, logistic, member)
    member.barrier.wait()
    trainingLoss.push(sumChunks(training, outputs, 0) / training.weightSum)
    if (validation) validationLoss.push(sumChunks(validation, outputs, 0) / validation.weightSum)
    if (iteration > 0) listener.report(iteration)
    if (iteration === input.iterations || !Number.isFinite(trainingLoss[iteration])) break
    if (stopping && shouldStop(validation ? validationLoss : trainingLoss, stopping)) break

    for (let output = 0; output < outputs; output++) {
      if (sharesTrees && output % member.count !== member.index) continue
      const pause = listener.breathe()
      if (pause) await pause
      member.stop.throwIfSet()
      fillAscending(rows, growing)
      growing.barrier.wait()
      const { gradients, hessians } = training.space
      const from = output * rowCount
      const hessianSum = hessians === null ? rowCount : sumChunks(training, outputs, 2 + 2 * output)
      const tree = await grower.grow(
        gradients.subarray(from, from + rowCount),
        hessians?.subarray(from, from + rowCount) ?? null,
        sumChunks(training, outputs, 1 + 2 * output),
        hessianSum,
        iteration * outputs + output,
      )
      if (quantile !== undefined) {
        const { learningRate } = rules
        setLeafQuantiles(tree, rows, training.space, quantile, learningRate, input.leafValues, growing)
      }
      const [start, end] = shareOf(rowCount, growing)
      addLeafValues(tree, rows, start, end, training.space.raw, from)
      if (validation) {
        const count = validation.binned.rowCount
        const [first, last] = shareOf(count, growing)
        addByWalk(tree, validation.binned, first, last, validation.space.raw, output * count)
      }
      if (sharesTrees || member.index === 0) writer.add(tree)
      growing.barrier.wait()
    }
    if (sharesTrees) member.barrier.wait()
  }
  return {
    trees: writer.finish(),
    trainingLoss: Float64Array.from(trainingLoss),
    validationLoss: Float64Array.from(validationLoss),
  }
}

/** Places that the sums of all chunks take. */
export function chunkSumsLength(rowCount: number, outputs: number): number {
  return Math.ceil(rowCount / CHUNK_ROWS) * (1 + 2 * outputs)
}

/** Gradients, losses and their sums, for this member's chunks. */
function chunkGradients(
  { binned, space, chunkSums }: Rows,
  loss: Loss,
  logistic: LogisticGradients | undefined,
  member: TeamMember,
): void {
  const { rowCount } = binned
  const outputs = outputCount(loss)
  const { gradients, hessians } = space
  const [first, last] = shareOf(Math.ceil(rowCount / CHUNK_ROWS), member)
  for (let chunk = first; chunk < last; chunk++) {
    if ((chunk & 31) === 0) member.stop.throwIfSet()
    const start = chunk * CHUNK_ROWS
    const end = Math.min(start + CHUNK_ROWS, rowCount)
    let at = chunk * (1 + 2 * outputs)
    if (logistic) {
      logistic.compute(space, start, end, chunkSums, at)
      continue
    }
    chunkSums[at++] = computeGradients(loss, space, start, end)
    for (let output = 0; output < outputs; output++) {
      chunkSums[at++] = sumRange(gradients, output * rowCount + start, output * rowCount + end)
      chunkSums[at++] = hessians === null ? 0 : sumRange(hessians, output * rowCount + start, output * rowCount + end)
    }
  }
}

function sumRange(values: Float32Array, start: number, end: number): number {
  let sum = 0
  for (let i = start; i < end; i++) sum += values[i] as number
  return sum
}

/** The sum over all chunks of what stands at place `which` in each. */
function sumChunks({ chunkSums }: Rows, outputs: number, which: number): number {
  let sum = 0
  for (let at = which; at < chunkSums.length; at += 1 + 2 * outputs) sum += chunkSums[at] as number
  return sum
}

function fillAscending(rows: Int32Array, member: TeamMember): void {
  const [start, end] = shareOf(rows.length, member)
  for (let i = start; i < end; i++) rows[i] = i
}

/** This member's part [start, end) of `count` things in a row. */
function shareOf(count: number, { index, count: members }: TeamMember): [start: number, end: number] {
  return [Math.floor((count * index) / members), Math.floor((count * (index + 1)) / members)]
}
