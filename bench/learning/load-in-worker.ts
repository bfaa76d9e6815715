// Loads the engine into a worker thread, so that its modules are read before the clock starts, as Python's are.
import { estimators } from '../../src/learning/estimators.ts'

export function countEstimators(): number {
  return Object.keys(estimators).length
}
