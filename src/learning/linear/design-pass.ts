// One pass over the rows of a design, spread over threads, that sums something: a Gram matrix, a triangle, a gradient.
import { Breather } from '../breather.ts'
import { turn } from '../fit-context.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { TeamMember, ThreadTeam } from '../parallel/thread-team.ts'
import { GramBlock, padded } from './gram.ts'
import { fillBlock, type RegressionDesign } from './regression-design.ts'
import { addResidualProducts } from './residual-products.ts'
import { updateTriangle } from './tall-qr.ts'

/**
 * gram      designᵀ · design, its upper triangle: width × width, row-major, padded
 * triangle  the R of the design's QR factorization: the same shape
 * gradient  designᵀ · (target − features · coefficients): width values
 */
export type PassKind = 'gram' | 'triangle' | 'gradient'

interface PassInput {
  readonly kind: PassKind
  readonly design: RegressionDesign
  readonly coefficients: Float64Array
  readonly bandCount: number
  readonly sums: SharedArrayBuffer
}

/** Work below this many multiplications is not worth waking a thread for. */
const SPREAD_FROM = 2e7
const BAND_MEMORY = 4e6

/**
 * Rows go in bands, whose number depends on the shape of the data alone, and the bands' sums are joined in order: the
 * result is the same for any number of threads. Other threads help when every array lies in shared memory.
 * Memory: at most max(1, min(32, 4e6 / width²)) results of width² doubles, and one block of rows per thread.
 */
export async function passOver(
  kind: PassKind,
  design: RegressionDesign,
  team: ThreadTeam,
  stop: StopFlag,
  coefficients: Float64Array = new Float64Array(0),
): Promise<Float64Array> {
  const width = padded(design.columns.length)
  const size = kind === 'gradient' ? width : width * width
  const wanted = Math.max(1, Math.min(32, Math.floor(BAND_MEMORY / (width * width))))
  const work = design.rowCount * (kind === 'gradient' ? 3 * width : width * width)
  const bandCount = work < SPREAD_FROM ? 1 : Math.max(1, Math.min(wanted, Math.ceil(design.rowCount / 1024)))
  const sums = new SharedArrayBuffer(8 * bandCount * size)
  const isSpread = work >= SPREAD_FROM && isShared(design)
  const count = isSpread ? Math.min(team.threadCount, bandCount) : 1
  const input = { kind, design, coefficients, bandCount, sums }
  await team.run(runPass, { module: import.meta.url, exportName: 'runPass' }, input, stop, count)
  return joinBands(kind, new Float64Array(sums), bandCount, size, width)
}

/** One thread's part of a pass: the bands index, index + count, … */
export async function runPass(input: PassInput, { index, count, stop }: TeamMember): Promise<void> {
  const { kind, design, coefficients, bandCount, sums } = input
  const columnCount = design.columns.length
  const width = padded(columnCount)
  const size = kind === 'gradient' ? width : width * width
  const stride = Math.max(32, 2 * Math.floor(Math.min(256, 32_768 / width) / 2))
  const gramBlock = new GramBlock(width, stride)
  const { block, gram } = gramBlock
  const residuals = new Float64Array(stride)
  const breather = new Breather(stop)
  for (let band = index; band < bandCount; band += count) {
    const sum = kind === 'gram' ? gram.fill(0) : new Float64Array(size)
    const end = Math.floor(((band + 1) * design.rowCount) / bandCount)
    for (let at = Math.floor((band * design.rowCount) / bandCount); at < end; at += stride) {
      const rowCount = Math.min(stride, end - at)
      fillBlock(design, at, at + rowCount, gramBlock)
      if (kind === 'gram') gramBlock.add(rowCount)
      else if (kind === 'triangle') updateTriangle(sum, block, rowCount, stride, width)
      else addResidualProducts(sum, block, rowCount, stride, columnCount, coefficients, residuals)
      if (breather.isTurnDue()) await turn()
    }
    new Float64Array(sums, 8 * band * size, size).set(sum)
  }
}

function joinBands(kind: PassKind, sums: Float64Array, bandCount: number, size: number, width: number): Float64Array {
  const joined = sums.slice(0, size)
  for (let band = 1; band < bandCount; band++) {
    if (kind === 'triangle') {
      const block = new Float64Array(size)
      for (let i = 0; i < width; i++) {
        for (let j = i; j < width; j++) block[j * width + i] = sums[band * size + i * width + j] as number
      }
      updateTriangle(joined, block, width, width, width)
    } else {
      for (let i = 0; i < size; i++) joined[i] = (joined[i] as number) + (sums[band * size + i] as number)
    }
  }
  return joined
}

function isShared({ columns, rootWeights }: RegressionDesign): boolean {
  const arrays = rootWeights === undefined ? columns : [...columns, rootWeights]
  return arrays.every((array) => array.buffer instanceof SharedArrayBuffer)
}
