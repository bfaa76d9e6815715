// The inner loops of growing trees in WebAssembly, put together for one shape of histograms.
import { assembleModule } from '../wasm/assemble-module.ts'
import { routine } from '../wasm/routine.ts'
import { I32 } from '../wasm/values.ts'
import { F64x2, I32x4, I64x2 } from '../wasm/vectors.ts'
import { compile, instantiate, type WasmMemory } from '../wasm/web-assembly.ts'
import { divide } from './divide-routine.ts'
import { addRows, expand, subtract } from './histogram-routines.ts'
import type { KernelShape } from './kernel-shape.ts'
import { gather, setGradients } from './record-routines.ts'
import { scanRoutine } from './scan-routine.ts'

/** All arguments are byte addresses in the kernel's memory or numbers of bytes; vectors lie on multiples of 16. */
export interface BoostingKernel {
  /** Writes gradients, and hessians if the form has any, into the records of all rows. */
  setGradients(records: number, recordsEnd: number, gradients: number, hessians: number): void
  /**
   * Copies the bins of rows (int32, from `rows` to `rowsEnd`) side by side to `bins`, and what each adds to a
   * histogram to `pairs`, 16 bytes a row. Rows are far apart in deep nodes: a loop as short as this one waits for many
   * of them at once, where the adding loop would wait for one after another.
   */
  gather(rows: number, rowsEnd: number, records: number, bins: number, pairs: number): void
  /** Adds gathered rows to a histogram, in their order. */
  addRows(pairs: number, pairsEnd: number, bins: number, sums: number, counts: number): void
  /** parent − child, written into the parent. */
  subtractSums(parent: number, parentEnd: number, child: number): void
  subtractCounts(parent: number, parentEnd: number, child: number): void
  /** Exact sums as pairs and counts. */
  expand(from: number, fromEnd: number, sums: number, counts: number): void
  fill(address: number, value: number, bytes: number): void
  copy(to: number, from: number, bytes: number): void
  /**
   * Writes the rows whose bin (the byte at codes + row) has a 1 in the 256 bytes at goesLeft to `lefts`, which may be
   * `rows` itself, and the others to `rights`. Returns the end of the lefts. Every row is written to both sides, and one
   * of them moves on: no branch to mispredict.
   */
  divide(rows: number, rowsEnd: number, codes: number, goesLeft: number, lefts: number, rights: number): number
  /**
   * What scanNumbers does of a column without missing values, whose children's values are free. Bins, as `expand` writes
   * them, lie from `sums` to `sumsEnd` and from `counts` on, the last bin left out. Returns the first bin of the split
   * that
   * gains most, if more than bestGain, else −1; writes its gain and its left gradient, hessian and count to `answer`.
   */
  scan(
    sums: number,
    sumsEnd: number,
    counts: number,
    answer: number,
    count: number,
    minSamplesLeaf: number,
    gradient: number,
    hessian: number,
    l2: number,
    nodeLoss: number,
    bestGain: number,
  ): number
}

/**
 * O(columns of a row), at most some kB of code. TypeScript takes 2.4 times as long: it checks bounds, and adds numbers
 * one by one.
 */
export function boostingKernel(memory: WasmMemory<SharedArrayBuffer>, shape: KernelShape): BoostingKernel {
  const routines = [
    ...[setGradients(shape), gather(shape), addRows(shape), expand(shape), fill, copy, divide, scanRoutine(shape)],
    shape.form === 'exact' ? subtract('subtractSums', I64x2) : subtract('subtractSums', F64x2),
    subtract('subtractCounts', I32x4),
  ]
  const module = compile(assembleModule({ memory: { name: 'memory', isShared: true }, routines }))
  return instantiate(module, { memory }) as BoostingKernel
}

const fill = routine('fill', { address: I32, value: I32, bytes: I32 }, (w, { address, value, bytes }) => {
  w.fill(address, value, bytes)
})

const copy = routine('copy', { to: I32, from: I32, bytes: I32 }, (w, { to, from, bytes }) => w.copy(to, from, bytes))
