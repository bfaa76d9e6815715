// Lloyd's iterations as a task of a thread team: chunks of rows to whichever thread is free, sums in a fixed order.
import type { TeamMember } from '../parallel/thread-team.ts'
import { DistanceMeter } from './distance-meter.ts'
import type { LloydState } from './lloyd-shared.ts'
import { packCentres } from './pack-vectors.ts'
import { TILE_ROWS } from './row-routines.ts'
import { moveCentres } from './update-centres.ts'
import { ANSWER_ROWS_MAX } from './vector-memory.ts'

/** Places in `control`: what the pass over the rows is for, iterations done, and what the threads tell each other. */
export const PHASE = 0
export const ITERATIONS = 1
const IS_CHANGED = 2
const NEXT_CHUNK = 3
const IS_LAST = 4
/** 1 when the iterations ended by themselves, 0 when they were as many as they may be. */
export const IS_CONVERGED = 5
export const CONTROL_LENGTH = 6
/** Products between two looks at the stop flag: less than a millisecond. */
const PRODUCTS_TOGETHER = 2 ** 21
/** Values of control[PHASE], in the order of a run. A new state begins with 0. */
const ITERATE = 0
const LABEL_ONLY = 1
const INERTIA = 2
export const DONE = 3
/** How long the task keeps its threads before it lets the caller report and the event loop turn. */
const BUDGET_MS = 40

/** Works until the run is done or its time is up; to be called until control[PHASE] is DONE. */
export function runLloyd(state: LloydState, member: TeamMember): void {
  const { control, chunkCount } = state
  const meter = new DistanceMeter(state, member.index)
  const deadline = performance.now() + BUDGET_MS
  do {
    const phase = control[PHASE] as number
    while (performance.now() < deadline) {
      const chunk = Atomics.add(control, NEXT_CHUNK, 1)
      if (chunk >= chunkCount) break
      if (phase === INERTIA) sumInertia(state, chunk, member, meter)
      else labelChunk(state, chunk, phase, member, meter)
    }
    member.barrier.wait()
    if (member.index === 0) {
      // A pass that the time cut short goes on at the next call.
      if ((control[NEXT_CHUNK] as number) >= chunkCount) {
        control[PHASE] = nextPhase(state, phase)
        control[NEXT_CHUNK] = 0
        control[IS_CHANGED] = 0
      }
      control[IS_LAST] = control[PHASE] === DONE || performance.now() >= deadline ? 1 : 0
    }
    member.barrier.wait()
  } while (control[IS_LAST] === 0)
}

/** Chunks are whole tiles, but for the last. */
function chunkStart({ rowCount, chunkCount }: LloydState, chunk: number): number {
  const tileCount = Math.ceil(rowCount / TILE_ROWS)
  return Math.min(rowCount, TILE_ROWS * Math.floor((chunk * tileCount) / chunkCount))
}

/** Rows to label between two looks at the stop flag, whole tiles. */
function rowsTogether({ clusterCount, columnCount }: LloydState): number {
  const rowCount = Math.min(ANSWER_ROWS_MAX, PRODUCTS_TOGETHER / (clusterCount * columnCount))
  return TILE_ROWS * Math.max(1, Math.floor(rowCount / TILE_ROWS))
}

/** Labels the rows of a chunk and, while iterating, keeps its sums up with the labels. */
function labelChunk(state: LloydState, chunk: number, phase: number, { stop }: TeamMember, meter: DistanceMeter): void {
  const { control, labels } = state
  const chunkEnd = chunkStart(state, chunk + 1)
  const { changes } = meter
  const step = rowsTogether(state)
  const moves = phase === ITERATE
  let isChanged = false
  for (let start = chunkStart(state, chunk); start < chunkEnd; start += step) {
    stop.throwIfSet()
    const end = Math.min(start + step, chunkEnd)
    const changeCount = meter.relabel(start, end)
    if (changeCount === 0) continue
    const { undecidedCount, isAnyDecided } = meter.moveRows(start, end, changeCount, chunk, moves)
    if (isAnyDecided) isChanged = true
    if (undecidedCount === 0) continue
    // Exact distances come where `changes` are.
    const late: number[] = []
    for (const place of changes.slice(0, undecidedCount)) {
      const former = labels[start + place] as number
      const label = meter.findNearestExactly(start + place)
      if (label !== former) late.push(place, former)
      labels[start + place] = label
    }
    changes.set(late)
    if (late.length > 0) isChanged = true
    meter.moveRows(start, end, late.length / 2, chunk, moves)
  }
  if (isChanged) Atomics.store(control, IS_CHANGED, 1)
}

function sumInertia(state: LloydState, chunk: number, { stop }: TeamMember, meter: DistanceMeter): void {
  const end = chunkStart(state, chunk + 1)
  let inertia = 0
  for (let start = chunkStart(state, chunk); start < end; start += ANSWER_ROWS_MAX) {
    stop.throwIfSet()
    inertia += meter.sumInertia(start, Math.min(start + ANSWER_ROWS_MAX, end))
  }
  state.chunkInertia[chunk] = inertia
}

/** What one thread does between two passes over the rows. */
function nextPhase(state: LloydState, phase: number): number {
  const { control } = state
  if (phase === LABEL_ONLY) return INERTIA
  if (phase === INERTIA) return DONE
  const isFirst = control[ITERATIONS] === 0
  const squaredSteps = moveCentres(state)
  packCentres(state)
  control[ITERATIONS] = (control[ITERATIONS] as number) + 1
  // The same labels twice: the centres are those of the labels. Otherwise the labels must follow once more.
  const isSame = !isFirst && control[IS_CHANGED] === 0
  control[IS_CONVERGED] = isSame || squaredSteps <= state.tolerance ? 1 : 0
  if (isSame) return INERTIA
  const isEnough = control[IS_CONVERGED] === 1 || (control[ITERATIONS] as number) >= state.iterationsMax
  return isEnough ? LABEL_ONLY : ITERATE
}
