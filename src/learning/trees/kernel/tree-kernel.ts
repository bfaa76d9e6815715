// The growing of trees in WebAssembly: one memory and one compiled module for all threads of a forest.
import { assembleModule } from '../../wasm/assemble-module.ts'
import { compile, instantiate, newSharedMemory, PAGES_MAX, type WasmMemory } from '../../wasm/web-assembly.ts'
import type { CodedMatrix } from '../coded-matrix.ts'
import type { ClassesTarget, NumbersTarget } from '../tree-problem.ts'
import type { TreeRules } from '../tree-rules.ts'
import { classCode } from './class-code.ts'
import { growRoutine, loadRoutine } from './grow-code.ts'
import type { KernelShape } from './kernel-shape.ts'
import { lookAtRanksRoutine } from './look-at-ranks.ts'
import { lookAtValuesRoutine } from './look-at-values.ts'
import { momentsCode } from './moments-code.ts'
import { type KernelPlan, planKernel } from './plan-kernel.ts'
import { scanHistogramRoutine, scanOrderRoutine, scanSetsRoutine } from './scan-code.ts'
import { divideRoutine, randomRoutine, searchRoutine } from './search-code.ts'
import { sortRoutine } from './sort-code.ts'

/** What the routines are called with: see each. Bases are those of threads. */
export interface KernelRoutines {
  load(base: number, start: number, n: number): void
  search(base: number, start: number, n: number, budget: number): number
  divide(base: number, start: number, n: number): number
  grow(base: number, budget: number): number
}

/** Crosses to other threads as it is: memory and code are shared. */
export interface TreeKernel {
  readonly plan: KernelPlan
  readonly memory: WasmMemory<SharedArrayBuffer>
  readonly module: object
}

/** The best cuts of ranked columns; null where 4 GiB are too little. O(rows × columns). */
export function kernelForRanks(
  matrix: CodedMatrix,
  target: ClassesTarget | NumbersTarget,
  rules: TreeRules,
  threadCount: number,
): TreeKernel | null {
  const { codes, missingCodes, valueStarts, values, rowCount, columnCount } = matrix
  const cellType = codes instanceof Uint8Array ? 'u8' : codes instanceof Uint16Array ? 'u16' : 'u32'
  const size = { rowCount, columnCount, classCount: classCountOf(target), cellType, valueCount: values.length } as const
  const kernel = newKernel(planKernel(size, rules, threadCount))
  if (kernel === null) return null
  const { shared } = kernel.plan.shape
  const { buffer } = kernel.memory
  const cells = new (codes.constructor as Uint16ArrayConstructor)(buffer, shared.cells, codes.length)
  copyInto(cells, codes)
  copyInto(new Int32Array(buffer, shared.missingCodes, columnCount), missingCodes)
  copyInto(new Int32Array(buffer, shared.valueStarts, columnCount), valueStarts.subarray(0, columnCount))
  copyInto(new Float64Array(buffer, shared.values, values.length), values)
  copyTarget(kernel, target)
  return kernel
}

/** Random cuts of columns of values; null where 4 GiB are too little. O(rows × columns). */
export function kernelForValues(
  columns: readonly Float64Array[],
  target: ClassesTarget | NumbersTarget,
  rules: TreeRules,
  threadCount: number,
  rowCount: number,
): TreeKernel | null {
  const cellType = columns.every(isFloat32) ? 'f32' : 'f64'
  const size = {
    rowCount,
    columnCount: columns.length,
    classCount: classCountOf(target),
    cellType,
    valueCount: 0,
  } as const
  const kernel = newKernel(planKernel(size, rules, threadCount))
  if (kernel === null) return null
  const { cells } = kernel.plan.shape.shared
  const { buffer } = kernel.memory
  columns.forEach((column, j) => {
    const place: [SharedArrayBuffer, number, number] = [
      buffer,
      cells + j * rowCount * (cellType === 'f32' ? 4 : 8),
      rowCount,
    ]
    copyInto(cellType === 'f32' ? new Float32Array(...place) : new Float64Array(...place), column)
  })
  copyTarget(kernel, target)
  return kernel
}

export function startKernel({ module, memory }: TreeKernel): KernelRoutines {
  return instantiate(module, { memory }) as KernelRoutines
}

function newKernel(plan: KernelPlan): TreeKernel | null {
  if (plan.pageCount > PAGES_MAX) return null
  const routines = writeRoutines(plan.shape)
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: true }, routines }))
  return { plan, memory: newSharedMemory(plan.pageCount), module }
}

/** In the order of Place. */
function writeRoutines(shape: KernelShape) {
  const isRanked = shape.rules.splitter === 'best'
  const isMoments = shape.classCount === 0 || shape.classCount === 2
  const criterion = isMoments ? momentsCode(shape) : classCode(shape)
  const first = [randomRoutine(shape), loadRoutine(shape, criterion)]
  const last = [searchRoutine(shape), divideRoutine(shape), growRoutine(shape)]
  if (!isRanked) return [...first, lookAtValuesRoutine(shape, criterion), ...last]
  return [
    ...[...first, lookAtRanksRoutine(shape, criterion), ...last, sortRoutine(shape)],
    ...[scanHistogramRoutine(shape, criterion), scanSetsRoutine(shape, criterion), scanOrderRoutine(shape, criterion)],
  ]
}

function classCountOf(target: ClassesTarget | NumbersTarget): number {
  return target.kind === 'classes' ? target.classCount : 0
}

function copyTarget({ plan, memory }: TreeKernel, target: ClassesTarget | NumbersTarget): void {
  const { rowCount, shared } = plan.shape
  if (target.kind === 'classes') copyInto(new Int32Array(memory.buffer, shared.targets, rowCount), target.codes)
  else copyInto(new Float64Array(memory.buffer, shared.targets, rowCount), target.values)
}

function isFloat32(column: Float64Array): boolean {
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!
    if (Math.fround(value) !== value && !Number.isNaN(value)) return false
  }
  return true
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array

/** A loop, because TypedArray.set onto shared memory is several times slower (node#62032). */
function copyInto(target: Numbers, source: Numbers): void {
  for (let i = 0; i < source.length; i++) target[i] = source[i]!
}
