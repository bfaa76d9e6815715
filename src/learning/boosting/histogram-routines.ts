// Sums of bins in WebAssembly: rows are added, histograms subtracted, and exact sums made float64.
import { routine } from '../wasm/routine.ts'
import { I32, I64, type Local, type Type, type Value } from '../wasm/values.ts'
import { F64x2, I64x2 } from '../wasm/vectors.ts'
import { exactUnits, type KernelShape, UNROLLED_WORDS_MAX, wordCountOf } from './kernel-shape.ts'

/** See `addRows` of BoostingKernel. */
export function addRows(shape: KernelShape) {
  return shape.form === 'exact' ? addRowsOf(I64x2, shape) : addRowsOf(F64x2, shape)
}

/** Lanes: what the two sums of a bin are. */
function addRowsOf<Lanes extends Value<Lanes>>(lanes: Type<Lanes>, { columnCount, slots, form }: KernelShape) {
  const parameters = { pairs: I32, pairsEnd: I32, bins: I32, sums: I32, counts: I32 }
  return routine('addRows', parameters, (w, { pairs, pairsEnd, bins, sums, counts }) => {
    const [word, address, pair] = [w.declare(I32), w.declare(I32), w.declare(lanes)]
    /** Bytes to the bin in byte b of the word: its number times 2^shift. */
    const binTimes = (b: number, shift: number): I32 =>
      (b === 0 ? word.shiftLeft(shift) : word.shiftRight(8 * b - shift)).and(255 << shift)
    const addTo = <V extends Value<V>>(type: Type<V>, start: I32, offset: number, added: V | number): void => {
      w.set(address, start)
      w.store(address, type.load(address, offset).plus(added), offset)
    }
    /** Adds the pair to the bins in the first `count` bytes of the word at `bins`, of columns from `first` on. */
    const addWord = (first: number, count: number, sums: Local<I32>, counts: Local<I32>, offset = 0): void => {
      w.set(word, I32.load(bins, offset))
      for (let b = 0; b < count; b++) {
        addTo(lanes, binTimes(b, 4).plus(sums), 16 * slots * (first + b), pair)
        if (form === 'counted') addTo(I32, binTimes(b, 2).plus(counts), 4 * slots * (first + b), 1)
      }
    }
    const wordCount = wordCountOf(columnCount)
    const fullWords = columnCount >> 2
    const restCount = columnCount & 3
    w.each(pairs, pairsEnd, 16, () => {
      w.set(pair, lanes.load(pairs))
      if (wordCount <= UNROLLED_WORDS_MAX) {
        for (let k = 0; k < wordCount; k++) addWord(4 * k, k < fullWords ? 4 : restCount, sums, counts, 4 * k)
        w.add(bins, 4 * wordCount)
        return
      }
      const wordsEnd = w.keep(bins.plus(4 * fullWords))
      const sumsOfWord = w.keep(sums)
      const countsOfWord = w.keep(counts)
      w.each(bins, wordsEnd, 4, () => {
        addWord(0, 4, sumsOfWord, countsOfWord)
        w.add(sumsOfWord, 64 * slots)
        w.add(countsOfWord, 16 * slots)
      })
      if (restCount > 0) {
        addWord(0, restCount, sumsOfWord, countsOfWord)
        w.add(bins, 4)
      }
    })
  })
}

/** parent − child, vector by vector, written into the parent. */
export function subtract<Lanes extends Value<Lanes>>(name: string, lanes: Type<Lanes>) {
  return routine(name, { parent: I32, parentEnd: I32, child: I32 }, (w, { parent, parentEnd, child }) => {
    w.each(parent, parentEnd, 16, () => {
      w.store(parent, lanes.load(parent).minus(lanes.load(child)))
      w.add(child, 16)
    })
  })
}

/** See `expand` of BoostingKernel. */
export function expand(shape: KernelShape) {
  const { gradientBits, hessianBits, countShift } = exactUnits(shape)
  return routine(
    'expand',
    { from: I32, fromEnd: I32, sums: I32, counts: I32 },
    (w, { from, fromEnd, sums, counts }) => {
      const hessianMask = I64.of(1).shiftLeft(countShift).minus(1)
      w.each(from, fromEnd, 16, () => {
        w.store(
          sums,
          I64.load(from)
            .asF64()
            .times(2 ** -gradientBits),
        )
        w.store(
          sums,
          I64.load(from, 8)
            .and(hessianMask)
            .asF64()
            .times(2 ** -hessianBits),
          8,
        )
        w.store(counts, I64.load(from, 8).shiftRight(countShift).asI32())
        w.add(sums, 16)
        w.add(counts, 4)
      })
    },
  )
}
