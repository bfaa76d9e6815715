// The frameworks, and what frameworks.py says of them.
import { fileURLToPath } from 'node:url'

export const SCRIPT = fileURLToPath(new URL('./frameworks.py', import.meta.url))
/**
 * Of a framework on one thread: its answers to 1,000 rows, the seconds of one row, and seconds of the processor of all; on two
 * threads, the seconds of all by the clock.
 */
export interface FrameworkFigures {
  readonly answers: readonly number[]
  readonly oneRow: number
  readonly manyRows: number
  readonly onTwoThreads: number
}
export type Framework = 'lightgbm' | 'xgboost'
export const FRAMEWORKS: readonly Framework[] = ['lightgbm', 'xgboost']
