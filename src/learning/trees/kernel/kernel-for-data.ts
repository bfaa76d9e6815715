// A kernel with the data that its trees are grown on.
import { Breather } from '../../breather.ts'
import { turn } from '../../fit-context.ts'
import type { Matrix } from '../../matrix.ts'
import type { StopFlag } from '../../parallel/stop-flag.ts'
import type { CodedMatrix } from '../coded-matrix.ts'
import type { ClassesTarget, NumbersTarget } from '../tree-problem.ts'
import type { TreeRules } from '../tree-rules.ts'
import { CELL_BYTES, type ProblemSize } from './kernel-layout.ts'
import { planKernel } from './plan-kernel.ts'
import { newKernel, type TreeKernel } from './tree-kernel.ts'
import { fillLogTable } from './x-log-x.ts'

/**
 * For the best cuts, of columns that are ranked. O(rows × columns). Throws DataError where 4 GiB are too little;
 * FitStopped.
 */
export async function kernelForRanks(
  matrix: CodedMatrix,
  target: ClassesTarget | NumbersTarget,
  rules: TreeRules,
  threadCount: number,
  stop: StopFlag,
): Promise<TreeKernel> {
  const { codes, missingCodes, valueStarts, values, rowCount, columnCount, categoryCounts } = matrix
  const cellType = codes instanceof Uint8Array ? 'u8' : codes instanceof Uint16Array ? 'u16' : 'u32'
  const classCount = classCountOf(target)
  const categoryCountMax = maxOf(categoryCounts)
  const size = { rowCount, columnCount, classCount, cellType, valueCount: values.length, categoryCountMax } as const
  const { kernel, shared } = startOf(size, rules, threadCount)
  const { buffer } = kernel.memory
  const cells = new (codes.constructor as Uint16ArrayConstructor)(buffer, shared.cells.byteOffset, codes.length)
  const breather = new Breather(stop)
  for (let at = 0; at < cells.length; at += rowCount) {
    if (breather.isTurnDue()) await turn()
    copyInto(cells.subarray(at, at + rowCount), codes.subarray(at, at + rowCount))
  }
  copyInto(shared.missingCodes, missingCodes)
  copyInto(shared.valueStarts, valueStarts.subarray(0, columnCount))
  copyInto(shared.values, values)
  copyRest(shared, categoryCounts, target)
  return kernel
}

/**
 * For random cuts, of columns as they are. O(rows × columns). Throws DataError where 4 GiB are too little; FitStopped.
 */
export async function kernelForValues(
  { columns, categoryCounts, rowCount }: Matrix,
  target: ClassesTarget | NumbersTarget,
  rules: TreeRules,
  threadCount: number,
  stop: StopFlag,
): Promise<TreeKernel> {
  const columnCount = columns.length
  const cellType = columns.every(isFloat32) ? 'f32' : 'f64'
  const classCount = classCountOf(target)
  const categoryCountMax = maxOf(categoryCounts)
  const size = { rowCount, columnCount, classCount, cellType, valueCount: 0, categoryCountMax } as const
  const { kernel, shared } = startOf(size, rules, threadCount)
  const { buffer } = kernel.memory
  const columnBytes = rowCount * CELL_BYTES[cellType]
  const breather = new Breather(stop)
  for (let j = 0; j < columnCount; j++) {
    if (breather.isTurnDue()) await turn()
    const at = shared.cells.byteOffset + j * columnBytes
    const column = cellType === 'f32' ? new Float32Array(buffer, at, rowCount) : new Float64Array(buffer, at, rowCount)
    copyInto(column, columns[j]!)
    const categoryCount = categoryCounts[j]!
    if (categoryCount > 0) {
      for (let i = 0; i < rowCount; i++) if (Number.isNaN(column[i]!)) column[i] = categoryCount
    }
  }
  copyRest(shared, categoryCounts, target)
  return kernel
}

/** A kernel with empty shared arrays. */
function startOf(size: ProblemSize, rules: TreeRules, threadCount: number) {
  const problem = { size, rules, threadCount }
  const plan = planKernel(problem)
  const kernel = newKernel(problem, plan)
  return { kernel, shared: plan.shared.views(kernel.memory.buffer) }
}

function copyRest(
  shared: ReturnType<typeof startOf>['shared'],
  categoryCounts: ArrayLike<number>,
  target: ClassesTarget | NumbersTarget,
): void {
  fillLogTable(shared.logTable)
  if (shared.categoryCounts.length > 0) copyInto(shared.categoryCounts, categoryCounts)
  if (target.kind === 'classes') copyInto(shared.targetClasses, target.codes)
  else copyInto(shared.targetNumbers, target.values)
}

function classCountOf(target: ClassesTarget | NumbersTarget): number {
  return target.kind === 'classes' ? target.classCount : 0
}

function maxOf(counts: ArrayLike<number>): number {
  let max = 0
  for (let j = 0; j < counts.length; j++) max = Math.max(max, counts[j]!)
  return max
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
function copyInto(target: Numbers, source: ArrayLike<number>): void {
  for (let i = 0; i < source.length; i++) target[i] = source[i]!
}
