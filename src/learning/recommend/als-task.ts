// Alternating least squares as a task of a thread team: chunks of rows to whichever thread is free, sums in a fixed order.
import type { TeamMember } from '../parallel/thread-team.ts'
import { instantiate } from '../wasm/web-assembly.ts'
import { type AlsSide, type AlsState, GRAM_CHUNKS_MAX } from './als-memory.ts'
import { GRAM_ROWS, type SolverFunctions } from './factor-routines.ts'

/** Places in `control`: the phase, and what the threads tell each other. */
export const PHASE = 0
const NEXT_CHUNK = 1
const IS_LAST = 2
/** Phases of an iteration: the Gram matrix of the items, the users, the Gram matrix of the users, the items. */
export const PHASES_OF_ITERATION = 4
/** Rows that are solved between two looks at the stop flag at the most, and products: some milliseconds. */
const ROWS_TOGETHER_MAX = 32
const PRODUCTS_TOGETHER = 2 ** 24
/** How long the task keeps its threads before it lets the caller report and the event loop turn. */
const BUDGET_MS = 40

/** Works until all iterations are done or its time is up; to be called until control[PHASE] is phasesOf(state). */
export function runAls(state: AlsState, member: TeamMember): void {
  const { control, memory, module } = state
  const functions = instantiate(module, { memory }) as SolverFunctions
  const deadline = performance.now() + BUDGET_MS
  do {
    const phase = control[PHASE] as number
    const chunkCount = chunkCountOf(state, phase)
    while (performance.now() < deadline) {
      const chunk = Atomics.add(control, NEXT_CHUNK, 1)
      if (chunk >= chunkCount) break
      member.stop.throwIfSet()
      if (isOfGram(phase)) sumGram(state, phase, chunk, functions)
      else solveChunk(state, phase, chunk, member, functions)
    }
    member.barrier.wait()
    if (member.index === 0) {
      // A phase that the time cut short goes on at the next call.
      if ((control[NEXT_CHUNK] as number) >= chunkCount) {
        if (isOfGram(phase)) mergeGrams(state, chunkCount)
        control[PHASE] = phase + 1
        control[NEXT_CHUNK] = 0
      }
      control[IS_LAST] = control[PHASE] === phasesOf(state) || performance.now() >= deadline ? 1 : 0
    }
    member.barrier.wait()
  } while (control[IS_LAST] === 0)
}

export function phasesOf({ iterations }: AlsState): number {
  return PHASES_OF_ITERATION * iterations
}

function isOfGram(phase: number): boolean {
  return phase % 2 === 0
}

/** The side that is held, and the one that is solved. */
function sidesOf({ sides: [users, items] }: AlsState, phase: number): { held: AlsSide; solved: AlsSide } {
  return phase % PHASES_OF_ITERATION < 2 ? { held: items, solved: users } : { held: users, solved: items }
}

function chunkCountOf(state: AlsState, phase: number): number {
  const { held, solved } = sidesOf(state, phase)
  return isOfGram(phase)
    ? Math.min(GRAM_CHUNKS_MAX, Math.ceil(held.count / GRAM_ROWS))
    : Math.ceil(solved.count / rowsTogether(state))
}

function rowsTogether({ stride, steps }: AlsState): number {
  const rowCount = Math.floor(PRODUCTS_TOGETHER / ((1 + steps) * stride * stride))
  return Math.max(1, Math.min(ROWS_TOGETHER_MAX, rowCount))
}

function sumGram(state: AlsState, phase: number, chunk: number, { addGram }: SolverFunctions): void {
  const { stride, gramChunks } = state
  const { factors } = sidesOf(state, phase).held
  const groups = factors.length / stride / GRAM_ROWS
  const chunkCount = chunkCountOf(state, phase)
  const byteOf = (of: number): number =>
    factors.byteOffset + 4 * stride * GRAM_ROWS * Math.floor((of * groups) / chunkCount)
  const length = stride * stride
  gramChunks.fill(0, chunk * length, (chunk + 1) * length)
  addGram(byteOf(chunk), byteOf(chunk + 1), gramChunks.byteOffset + 4 * chunk * length)
}

/** The chunks added up in their order, the lower triangle, and the regularization. */
function mergeGrams({ gram, gramChunks, stride, factorCount, regularization }: AlsState, chunkCount: number): void {
  for (let i = 0; i < stride; i++) {
    for (let j = i; j < stride; j++) {
      let sum = i === j && i < factorCount ? regularization : 0
      for (let chunk = 0; chunk < chunkCount; chunk++) {
        sum += gramChunks[(chunk * stride + i) * stride + j] as number
      }
      gram[i * stride + j] = sum
      gram[j * stride + i] = sum
    }
  }
}

function solveChunk(
  state: AlsState,
  phase: number,
  chunk: number,
  { index }: TeamMember,
  { solveRows }: SolverFunctions,
): void {
  const { stride, gram, scratch, steps } = state
  const { held, solved } = sidesOf(state, phase)
  const { starts, others, weights, factors } = solved
  const rowCount = rowsTogether(state)
  const first = chunk * rowCount
  const end = Math.min(solved.count, first + rowCount)
  solveRows(
    starts.byteOffset + 4 * first,
    starts.byteOffset + 4 * end,
    others.byteOffset,
    weights.byteOffset,
    factors.byteOffset + 4 * first * stride,
    held.factors.byteOffset,
    gram.byteOffset,
    scratch.byteOffset + 4 * index * 3 * stride,
    steps,
  )
}
