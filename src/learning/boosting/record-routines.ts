// Rows' records in WebAssembly: gradients go in, and what the rows of a node add comes out side by side.
import { routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F32, I32, type Local } from '../wasm/values.ts'
import { F32x4, F64x2, I32x4, I64x2 } from '../wasm/vectors.ts'
import {
  exactUnits,
  HEAD_BYTES,
  type KernelShape,
  recordBytesOf,
  UNROLLED_WORDS_MAX,
  wordCountOf,
} from './kernel-shape.ts'

/** 3 · 2^51: floats from 2^52 to 2^53 are the whole numbers there. */
const WHOLE = 3 * 2 ** 51

/** See `setGradients` of BoostingKernel. */
export function setGradients({ columnCount, form }: KernelShape) {
  const parameters = { records: I32, recordsEnd: I32, gradients: I32, hessians: I32 }
  return routine('setGradients', parameters, (w, { records, recordsEnd, gradients, hessians }) => {
    w.each(records, recordsEnd, recordBytesOf(columnCount), () => {
      w.store(records, F32.load(gradients))
      w.add(gradients, 4)
      if (form === 'pairs') return
      w.store(records, F32.load(hessians), 4)
      w.add(hessians, 4)
    })
  })
}

/** See `gather` of BoostingKernel. */
export function gather(shape: KernelShape) {
  const { columnCount, form } = shape
  const parameters = { rows: I32, rowsEnd: I32, records: I32, bins: I32, pairs: I32 }
  return routine('gather', parameters, (w, { rows, rowsEnd, records, bins, pairs }) => {
    w.each(rows, rowsEnd, 4, () => {
      const record = w.keep(I32.load(rows).times(recordBytesOf(columnCount)).plus(records))
      const pair = F32x4.loadHalf(record).firstTwoPromoted()
      w.store(pairs, form === 'exact' ? toExactUnits(pair, shape) : pair)
      copyBins(w, record, bins, wordCountOf(columnCount))
      w.add(pairs, 16)
    })
  })
}

/** Copies words from behind the head of a record, and moves `bins` behind them. */
function copyBins(w: RoutineWriter, record: Local<I32>, bins: Local<I32>, wordCount: number): void {
  const vectorCount = wordCount >> 2
  const restCount = wordCount & 3
  const copyVector = (k: number): void => w.store(bins, I32x4.load(record, HEAD_BYTES + 16 * k), 16 * k)
  const copyRest = (from: number): void => {
    for (let k = from; k < from + restCount; k++) w.store(bins, I32.load(record, HEAD_BYTES + 4 * k), 4 * k)
  }
  if (wordCount <= UNROLLED_WORDS_MAX) {
    for (let k = 0; k < vectorCount; k++) copyVector(k)
    copyRest(4 * vectorCount)
    w.add(bins, 4 * wordCount)
    return
  }
  const vectorsEnd = w.keep(record.plus(16 * vectorCount))
  w.each(record, vectorsEnd, 16, () => {
    copyVector(0)
    w.add(bins, 16)
  })
  copyRest(0)
  w.add(bins, 4 * restCount)
}

/** float64 to int64 by adding so much that the last bit of the float is worth 1; and the row counted. */
function toExactUnits(pair: F64x2, shape: KernelShape): I64x2 {
  const { gradientBits, hessianBits, countShift } = exactUnits(shape)
  const bits = new BigInt64Array(Float64Array.of(WHOLE).buffer)[0] as bigint
  return pair
    .times(F64x2.of(2 ** gradientBits, 2 ** hessianBits))
    .plus(WHOLE)
    .bits()
    .plus(I64x2.of(-bits, 2n ** BigInt(countShift) - bits))
}
