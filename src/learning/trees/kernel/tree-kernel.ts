// The growing of trees in WebAssembly: one memory and one compiled module for all threads of a forest.
import { assembleModule } from '../../wasm/assemble-module.ts'
import type { Routine } from '../../wasm/routine.ts'
import { compile, instantiate, type WasmMemory } from '../../wasm/web-assembly.ts'
import { classCode } from './class-code.ts'
import type { CriterionCode } from './criterion-code.ts'
import { endLeafRoutine, growRoutine, loadRoutine } from './grow-code.ts'
import type { RandomRoutine } from './kernel-code.ts'
import { usesMoments } from './kernel-layout.ts'
import type { KernelShape } from './kernel-shape.ts'
import { lookAtRanksRoutine } from './look-at-ranks.ts'
import { lookAtValuesRoutine, scanSidesRoutine } from './look-at-values.ts'
import { momentsCode } from './moments-code.ts'
import type { KernelPlan, KernelProblem } from './plan-kernel.ts'
import { decreaseRoutine } from './raise-split.ts'
import { scanRoutines } from './scan-code.ts'
import { divideRoutine, randomRoutine, searchRoutine } from './search-code.ts'
import { xLogXRoutine } from './x-log-x.ts'

/** What the routines are called with: see each. Bases are those of threads. */
export interface KernelRoutines {
  load(base: number, start: number, n: number): void
  search(base: number, start: number, n: number, budget: number): number
  divide(base: number, start: number, n: number): number
  grow(base: number, budget: number): number
  endLeaf(base: number, node: number): void
  scan(base: number, n: number, min: number, max: number): void
  decrease(base: number): number
}

/** Crosses to other threads as it is: memory and code are shared. */
export interface TreeKernel {
  readonly problem: KernelProblem
  readonly memory: WasmMemory<SharedArrayBuffer>
  readonly module: object
}

export function startKernel({ module, memory }: TreeKernel): KernelRoutines {
  return instantiate(module, { memory }) as KernelRoutines
}

/** plan: of the problem. Throws DataError where 4 GiB are too little. */
export function newKernel(problem: KernelProblem, { shape, memory }: KernelPlan): TreeKernel {
  const routines = writeRoutines(shape)
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: true }, routines }))
  return { problem, memory: memory.allocate('trees are grown'), module }
}

function writeRoutines(shape: KernelShape): Routine[] {
  const criterion = usesMoments(shape, shape.rules) ? momentsCode(shape) : classCode(shape, xLogXRoutine(shape))
  const random = randomRoutine(shape)
  const { lookAt, scans } =
    shape.rules.splitter === 'best' ? byRanks(shape, criterion) : byValues(shape, criterion, random)
  const load = loadRoutine(shape, criterion)
  const search = searchRoutine(shape, random, lookAt)
  const divide = divideRoutine(shape)
  const endLeaf = endLeafRoutine(shape)
  const grow = growRoutine(shape, load, search, divide, endLeaf)
  return [load, search, divide, grow, endLeaf, decreaseRoutine(shape, criterion), ...scans]
}

function byRanks(shape: KernelShape, criterion: CriterionCode) {
  const scans = scanRoutines(shape, criterion)
  return { lookAt: lookAtRanksRoutine(shape, criterion, scans), scans: [scans.scan, scans.sort] }
}

function byValues(shape: KernelShape, criterion: CriterionCode, random: RandomRoutine) {
  return { lookAt: lookAtValuesRoutine(shape, criterion, random), scans: [scanSidesRoutine(shape, criterion)] }
}
