// Numbers with one pattern of bits for each value, as a digest needs them. In WebAssembly: it runs once in a training, when
// JavaScript is still interpreted.
import { assembleModule } from './assemble-module.ts'
import { f64, layout } from './layout.ts'
import { MemoryPlan } from './memory-plan.ts'
import { routine } from './routine.ts'
import { I32 } from './values.ts'
import { F64x2 } from './vectors.ts'
import { compile, instantiate } from './web-assembly.ts'

/** Values that are copied and changed together. */
const SEGMENT = 8192

/**
 * Hands `take` the values in segments, with 0 for −0 and the same NaN for every NaN. A segment is valid only during the call.
 * O(values).
 */
export function forCanonical(numbers: Float64Array, take: (segment: Float64Array) => void): void {
  for (let start = 0; start < numbers.length; start += SEGMENT) {
    const count = Math.min(SEGMENT, numbers.length - start)
    values.set(numbers.subarray(start, start + count))
    const from = values.byteOffset
    canonical(from, from + 8 * (count + (count % 2)))
    take(values.subarray(0, count))
  }
}

/** Pairs from `from` to `end`, in place. */
const CANONICAL = routine('canonical', { from: I32, end: I32 }, (w, { from, end }) => {
  w.each(from, end, 16, () => {
    const value = w.keep(F64x2.load(from))
    const isMissing = w.keep(value.differs(value))
    w.store(from, F64x2.of(Number.NaN).where(isMissing, value.plus(F64x2.of(0))))
  })
})

const plan = new MemoryPlan()
const arrays = layout({ values: f64(SEGMENT) }, plan)
const memory = plan.allocateOwn('numbers are made canonical')
const { values } = arrays.views(memory.buffer)
const { canonical } = instantiate(
  compile(assembleModule({ memory: { name: 'memory', isShared: false }, routines: [CANONICAL] })),
  { memory },
) as { canonical(from: number, end: number): void }
