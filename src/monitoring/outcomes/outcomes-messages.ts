// What the service and the thread that reads outcomes say to each other.
import type { SharedBudget } from '../../memory/memory-budget.ts'
import type { BodyBytes } from '../../rows/byte-window.ts'
import type { GivenOutcome } from './outcome.ts'
import type { OutcomesShape } from './read-outcomes.ts'

/** What the thread is started with. */
export interface OutcomesThreadData {
  readonly budget: SharedBudget
}

export interface OutcomesCalls {
  read(question: { readonly body: BodyBytes; readonly shape: OutcomesShape }): GivenOutcome[]
}
