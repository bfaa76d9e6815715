// The growing of trees in WebAssembly: one memory and one compiled module for all threads of a forest.
import { assembleModule } from '../../wasm/assemble-module.ts'
import { compile, instantiate, type WasmMemory } from '../../wasm/web-assembly.ts'
import { classCode } from './class-code.ts'
import { endLeafRoutine, growRoutine, loadRoutine } from './grow-code.ts'
import { type KernelShape, usesMoments } from './kernel-shape.ts'
import { lookAtRanksRoutine, scanRoutine } from './look-at-ranks.ts'
import { lookAtValuesRoutine, scanSidesRoutine } from './look-at-values.ts'
import { momentsCode } from './moments-code.ts'
import type { KernelPlaces, KernelPlan } from './plan-kernel.ts'
import { decreaseRoutine } from './raise-split.ts'
import { scanHistogramRoutine, scanOrderRoutine, scanSetsRoutine } from './scan-code.ts'
import { divideRoutine, randomRoutine, searchRoutine } from './search-code.ts'
import { sortRoutine } from './sort-code.ts'
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
  readonly places: KernelPlaces
  readonly memory: WasmMemory<SharedArrayBuffer>
  readonly module: object
}

export function startKernel({ module, memory }: TreeKernel): KernelRoutines {
  return instantiate(module, { memory }) as KernelRoutines
}

/** Throws DataError where 4 GiB are too little. */
export function newKernel({ memory, ...places }: KernelPlan): TreeKernel {
  const routines = writeRoutines(places.shape)
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: true }, routines }))
  return { places, memory: memory.allocate('trees are grown'), module }
}

/** In the order of Place. */
function writeRoutines(shape: KernelShape) {
  const isRanked = shape.rules.splitter === 'best'
  const criterion = usesMoments(shape) ? momentsCode(shape) : classCode(shape)
  const first = [randomRoutine(shape), loadRoutine(shape, criterion)]
  const last = [searchRoutine(shape), divideRoutine(shape), growRoutine(shape), endLeafRoutine(shape)]
  if (!isRanked) {
    const scans = [scanSidesRoutine(shape, criterion), decreaseRoutine(shape, criterion), xLogXRoutine(shape)]
    return [...first, lookAtValuesRoutine(shape, criterion), ...last, ...scans]
  }
  return [
    ...[...first, lookAtRanksRoutine(shape, criterion), ...last, scanRoutine(shape, criterion)],
    ...[
      decreaseRoutine(shape, criterion),
      xLogXRoutine(shape),
      sortRoutine(shape),
      scanHistogramRoutine(shape, criterion),
    ],
    ...[scanSetsRoutine(shape, criterion), scanOrderRoutine(shape, criterion)],
  ]
}
