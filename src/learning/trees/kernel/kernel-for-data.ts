// A kernel with the data that its trees are grown on.
import { Breather } from '../../breather.ts'
import { turn } from '../../fit-context.ts'
import type { Matrix } from '../../matrix.ts'
import type { StopFlag } from '../../parallel/stop-flag.ts'
import type { CodedMatrix } from '../coded-matrix.ts'
import type { ClassesTarget, NumbersTarget } from '../tree-problem.ts'
import type { TreeRules } from '../tree-rules.ts'
import { CELL_BYTES, logTableLength } from './kernel-shape.ts'
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
  const kernel = newKernel(planKernel(size, rules, threadCount))
  const { shared } = kernel.places.shape
  const { buffer } = kernel.memory
  const cells = new (codes.constructor as Uint16ArrayConstructor)(buffer, shared.cells, codes.length)
  const breather = new Breather(stop)
  for (let at = 0; at < cells.length; at += rowCount) {
    if (breather.isTurnDue()) await turn()
    copyInto(cells.subarray(at, at + rowCount), codes.subarray(at, at + rowCount))
  }
  copyInto(new Int32Array(buffer, shared.missingCodes, columnCount), missingCodes)
  copyInto(new Int32Array(buffer, shared.valueStarts, columnCount), valueStarts.subarray(0, columnCount))
  copyInto(new Float64Array(buffer, shared.values, values.length), values)
  copyRest(kernel, categoryCounts, target)
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
  const kernel = newKernel(planKernel(size, rules, threadCount))
  const { cells } = kernel.places.shape.shared
  const { buffer } = kernel.memory
  const columnBytes = rowCount * CELL_BYTES[cellType]
  const breather = new Breather(stop)
  for (let j = 0; j < columnCount; j++) {
    if (breather.isTurnDue()) await turn()
    const at = cells + j * columnBytes
    const column = cellType === 'f32' ? new Float32Array(buffer, at, rowCount) : new Float64Array(buffer, at, rowCount)
    copyInto(column, columns[j]!)
    const categoryCount = categoryCounts[j]!
    if (categoryCount > 0) {
      for (let i = 0; i < rowCount; i++) if (Number.isNaN(column[i]!)) column[i] = categoryCount
    }
  }
  copyRest(kernel, categoryCounts, target)
  return kernel
}

function copyRest(
  { places, memory }: TreeKernel,
  categoryCounts: ArrayLike<number>,
  target: ClassesTarget | NumbersTarget,
): void {
  const { rowCount, columnCount, shared, rules, hasCategories } = places.shape
  const { buffer } = memory
  if (rules.criterion === 'entropy') fillLogTable(new Float64Array(buffer, shared.logTable, logTableLength(rowCount)))
  if (hasCategories) copyInto(new Int32Array(buffer, shared.categoryCounts, columnCount), categoryCounts)
  if (target.kind === 'classes') copyInto(new Int32Array(buffer, shared.targets, rowCount), target.codes)
  else copyInto(new Float64Array(buffer, shared.targets, rowCount), target.values)
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
