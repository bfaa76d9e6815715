// What the service and the thread that describes data sets say to each other.
import type { SharedBudget } from '../memory/memory-budget.ts'
import type { SoughtValue } from '../model/sought-value.ts'
import type { BodyBytes, SealedBody } from '../rows/byte-window.ts'
import type { DatasetDescription, DatasetShape } from './describe-body.ts'
import type { SievedRows } from './sieve/sieve-rows.ts'

/** What the thread is started with. */
export interface DescriptionData {
  readonly budget: SharedBudget
}

export interface DescriptionCalls {
  describe(question: { readonly body: BodyBytes; readonly shape: DatasetShape }): DatasetDescription
  /** Writes the rows without those that hold the value to a new file, sealed where it is to be. */
  sieve(question: {
    readonly body: BodyBytes
    readonly shape: DatasetShape
    readonly sought: SoughtValue
    readonly target: string | SealedBody
  }): SievedRows
}
