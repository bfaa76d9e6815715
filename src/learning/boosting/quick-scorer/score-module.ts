// The module of QuickScorer. It is the same for all trees but for the arithmetic of their sums.
import { assembleModule } from '../../wasm/assemble-module.ts'
import { addTrees } from './add-trees.ts'
import { rankRows } from './rank-rows.ts'

/** What JavaScript calls; addresses are bytes. */
export interface ScoreRoutines {
  rankRows(searches: number, end: number, rows: number, rowCount: number, rowBytes: number, rankBytes: number): void
  addTrees(groups: number, end: number, comparisons: number, rowCount: number, leaves: number): void
}

/** The bytes; the module imports env.memory. isFloat32: sums are rounded to float32 after each tree. */
export function assembleScore(isFloat32: boolean): Uint8Array<ArrayBuffer> {
  return assembleModule({ memory: { name: 'memory', isShared: false }, routines: [rankRows, addTrees(isFloat32)] })
}
