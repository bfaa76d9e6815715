// What the service and the thread that describes data sets say to each other.
import type { SharedBudget } from '../memory/memory-budget.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { DatasetDescription, DatasetShape } from './describe-body.ts'

/** What the thread is started with. */
export interface DescriptionData {
  readonly budget: SharedBudget
}

export interface DescriptionCalls {
  describe(question: { readonly body: BodyBytes; readonly shape: DatasetShape }): DatasetDescription
}
