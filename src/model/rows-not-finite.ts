// Whether predictions are numbers: one look in WebAssembly where they are, as they nearly always are.
import { scanColumn } from '../learning/wasm/column-scan.ts'

/** Of row-major rows × width, how many hold a value that is no finite number. O(values). */
export function rowsNotFinite(values: Float64Array, width: number): number {
  if (values.length === 0) return 0
  const { min, max, hasMissing } = scanColumn(values)
  if (!hasMissing && Number.isFinite(min) && Number.isFinite(max)) return 0
  let rows = 0
  for (let start = 0; start < values.length; start += width) {
    if (!values.subarray(start, start + width).every(Number.isFinite)) rows++
  }
  return rows
}
