// What the service and the thread that checks imports say to each other.
import type { SharedBudget } from '../../memory/memory-budget.ts'
import type { BodyBytes } from '../../rows/byte-window.ts'
import type { CheckedImport, GoldenBody } from './checked-import.ts'
import type { ImportWish, ModelFormat } from './import-options.ts'

export interface ImportCalls {
  check(question: CheckQuestion): CheckedImport
}

export interface CheckQuestion {
  readonly file: BodyBytes
  /** Undefined: the beginning of the file tells it. */
  readonly format: ModelFormat | undefined
  readonly golden: GoldenBody
  readonly wish: ImportWish
  /** URL of the module of the class of imported models. */
  readonly module: string
  /** Of the prediction of the golden rows. */
  readonly timeoutMs: number
}

export interface ImportThreadData {
  readonly budget: SharedBudget
}
