// Lloyd's iterations as a task of a thread team: chunks of rows to whichever thread is free, sums in a fixed order.
import type { TeamMember } from '../parallel/thread-team.ts'
import { addRow } from './cluster-sums.ts'
import type { LloydState } from './lloyd-shared.ts'
import { packCentres } from './pack-vectors.ts'
import { squaredDistance } from './squared-distance.ts'
import { moveCentres } from './update-centres.ts'
import { ANSWER_ROWS_MAX, DistanceMeter } from './vector-memory.ts'
import { TILE_ROWS } from './vector-module.ts'

/** Places in `control`: what the pass over the rows is for, iterations done, and what the threads tell each other. */
export const PHASE = 0
export const ITERATIONS = 1
const IS_CHANGED = 2
const NEXT_CHUNK = 3
const IS_LAST = 4
export const CONTROL_LENGTH = 5
/** Products between two looks at the stop flag: less than a millisecond. */
const PRODUCTS_TOGETHER = 2 ** 21
/** Values of control[PHASE], in the order of a run. A new state begins with 0. */
const ITERATE = 0
const LABEL_ONLY = 1
const INERTIA = 2
export const DONE = 3
/** Instead of a label: before the first pass, and while float32 cannot tell. */
export const NO_LABEL = -2
const UNDECIDED = -1
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
      if (phase === INERTIA) sumInertia(state, chunk, member)
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
  const end = chunkStart(state, chunk + 1)
  const { changes } = meter
  const step = rowsTogether(state)
  const undecided = new Int32Array(step)
  let isChanged = false
  for (let start = chunkStart(state, chunk); start < end; start += step) {
    stop.throwIfSet()
    const stopAt = Math.min(start + step, end)
    const changeCount = meter.relabel(start, stopAt)
    let undecidedCount = 0
    for (let k = 0; k < 2 * changeCount; k += 2) {
      const i = start + (changes[k] as number)
      if (i >= stopAt) continue
      const former = changes[k + 1] as number
      const label = labels[i] as number
      // Exact distances come where `changes` are.
      if (label === UNDECIDED) {
        labels[i] = former
        undecided[undecidedCount++] = i
      } else {
        isChanged = true
        if (phase === ITERATE) moveRow(state, meter, chunk, i, former, label)
      }
    }
    for (let k = 0; k < undecidedCount; k++) {
      const i = undecided[k] as number
      const former = labels[i] as number
      const label = meter.findNearestExactly(i)
      if (label === former) continue
      isChanged = true
      labels[i] = label
      if (phase === ITERATE) moveRow(state, meter, chunk, i, former, label)
    }
  }
  if (isChanged) Atomics.store(control, IS_CHANGED, 1)
}

function moveRow(
  state: LloydState,
  meter: DistanceMeter,
  chunk: number,
  i: number,
  former: number,
  label: number,
): void {
  if (former !== NO_LABEL) addRow(state, meter, chunk, former, i, -1)
  addRow(state, meter, chunk, label, i, 1)
}

function sumInertia(state: LloydState, chunk: number, { stop }: TeamMember): void {
  const start = chunkStart(state, chunk)
  const end = chunkStart(state, chunk + 1)
  const { columnCount, rows, centres, weights, labels } = state
  let inertia = 0
  for (let i = start; i < end; i++) {
    if (i % ANSWER_ROWS_MAX === 0) stop.throwIfSet()
    const centre = (labels[i] as number) * columnCount
    const squared = squaredDistance(rows, i * columnCount, centres, centre, columnCount)
    inertia += weights.length > 0 ? squared * (weights[i] as number) : squared
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
  if (!isFirst && control[IS_CHANGED] === 0) return INERTIA
  const isEnough = squaredSteps <= state.tolerance || (control[ITERATIONS] as number) >= state.iterationsMax
  return isEnough ? LABEL_ONLY : ITERATE
}
