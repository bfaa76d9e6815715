// The loops that k-means spends its time in, in WebAssembly: several times as fast as in JavaScript. The bytes are always
// the same, so that they are compiled and optimized once a process.
import { assembleModule } from '../wasm/assemble-module.ts'
import { moveRows } from './move-rows-routine.ts'
import { claimRows, packRows, type RowFunctions, sumInertia } from './row-routines.ts'
import { relabel, sumPotentials, type TileFunctions } from './tile-routines.ts'
import { measure } from './vector-routines.ts'

export interface VectorFunctions extends RowFunctions, TileFunctions {
  /**
   * Writes the squared distances of the vectors from byte `vectors` to `end`, at least one, to the vector at `other`,
   * one float64 each from `out` on, summed in the order of squaredDistance: equal to the last bit.
   * Vectors are 8 · columns = quadBytes + restBytes long, of which quadBytes are a multiple of 32 and restBytes < 32.
   */
  measure(vectors: number, end: number, other: number, out: number, quadBytes: number, restBytes: number): void
}

/** The bytes of a module that imports a shared memory env.memory and exports VectorFunctions. */
export function assembleVectorModule(): Uint8Array<ArrayBuffer> {
  return assembleModule({
    memory: { name: 'memory', isShared: true },
    routines: [measure, relabel, sumPotentials, packRows, moveRows, sumInertia, claimRows],
  })
}
