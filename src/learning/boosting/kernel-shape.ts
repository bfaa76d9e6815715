// What the kernel of boosting is put together for: what bins hold, and how rows lie.

/**
 * What a bin holds; 16 bytes of sums, and in one case 4 of a count.
 *
 * pairs    gradient and hessian, float64; where every hessian is 1 their sum is the count
 * counted  the same, and an int32 count elsewhere
 * exact    gradient, int64; hessian and above it the count, uint64: in units of exactUnits. One addition does for all
 *          three, which takes two thirds of the time, and no order of adding rounds. For gradients within ±1 and
 *          hessians from 0 to ¼ of at most EXACT_ROWS_MAX rows: then a hessian is rounded by 2^−25 at most, a
 *          gradient by 2^−42.
 */
export type BinForm = 'pairs' | 'counted' | 'exact'

export const EXACT_ROWS_MAX = 2 ** 21 - 1
/** A row's gradient and hessian. */
export const HEAD_BYTES = 8
/** columnCount: columns that the histogram has; slots: bins that each has room for; rowCount: most rows in a bin. */
export interface KernelShape {
  readonly rowCount: number
  readonly columnCount: number
  readonly slots: number
  readonly form: BinForm
}

/** Bits of fractions, and where counts begin: as many as there is room for when all rows meet in one bin. */
export function exactUnits({ rowCount }: KernelShape): {
  gradientBits: number
  hessianBits: number
  countShift: number
} {
  const countBits = 32 - Math.clz32(rowCount)
  return {
    gradientBits: Math.min(50, 63 - countBits),
    hessianBits: Math.min(50, 66 - 2 * countBits),
    countShift: 64 - countBits,
  }
}

/**
 * Bytes of a row's record: its gradient and hessian, float32, then its bins. Small ones do not lie across cache lines.
 */
export function recordBytesOf(columnCount: number): number {
  const bytes = HEAD_BYTES + 4 * wordCountOf(columnCount)
  const rounded = 2 ** Math.ceil(Math.log2(bytes))
  return rounded <= 64 && rounded <= 1.3 * bytes ? rounded : bytes
}

export function wordCountOf(columnCount: number): number {
  return (columnCount + 3) >> 2
}

/** Words of a row (four columns each) that the code is written out for; a loop goes over those of wider rows. */
export const UNROLLED_WORDS_MAX = 16
