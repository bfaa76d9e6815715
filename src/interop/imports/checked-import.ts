// What the check of an import is asked, and what it comes to.
import type { MemoryHold } from '../../memory/memory-budget.ts'
import type { Model, ModelParameters } from '../../model/model.ts'
import type { BodyBytes } from '../../rows/byte-window.ts'
import type { CsvDialect } from '../../rows/csv-dialect.ts'
import type { RowsForm } from '../../rows/forms.ts'
import type { GoldenComparison } from './compare-golden.ts'
import type { ImportWish, ModelFormat } from './import-options.ts'
import type { ImportWarning } from './import-warnings.ts'

export interface GoldenBody {
  readonly body: BodyBytes
  readonly form: RowsForm
  readonly dialect: CsvDialect
}

export interface ImportQuestion {
  readonly file: Uint8Array
  readonly format: ModelFormat
  readonly golden: GoldenBody
  readonly wish: ImportWish
}

export interface CheckedImport {
  readonly artifact: Uint8Array<ArrayBuffer>
  /** What the version is made of, as it says it. */
  readonly parameters: ModelParameters
  readonly labels: readonly string[]
  readonly features: readonly string[]
  readonly comparison: GoldenComparison
  readonly warnings: readonly ImportWarning[]
  /** Of golden tensors: what is kept of them as a data set, JSON rows. Absent of golden rows, which are kept as they came. */
  readonly goldenTable?: Uint8Array<ArrayBuffer>
}

export interface CheckSurroundings {
  readonly model: Model
  readonly memory: MemoryHold
  /** Of the prediction of the golden rows. */
  readonly timeoutMs: number
}
