// Loops in TypeScript that a fit begins with: run once in a process that waits for work, so that they are compiled then.
import { weighClasses } from './weigh-classes.ts'

/** Enough for a loop to be compiled while it runs. */
const ROWS = 20_000
const ROUNDS = 3

/** Takes some milliseconds. */
export function warmUp(): void {
  const target = { codes: new Int32Array(ROWS), classNames: ['only'] }
  const weights = new Float64Array(ROWS)
  for (let round = 0; round < ROUNDS; round++) {
    weighClasses(target)
    weighClasses(target, weights)
  }
}
