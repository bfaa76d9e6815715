// A data set as it is kept: what its rows say of it, and how a caller names what he uploads.
import type { Warning } from '../learning/warnings.ts'
import type { Level } from '../model/table.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import type { RowsForm } from '../rows/forms.ts'
import type { ColumnStatistics, TableStatistics } from './statistics/table-statistics.ts'

/** What a caller says of what he uploads. */
export interface DatasetMeta {
  readonly name: string
  readonly description: string | null
  /** Label columns that a training takes where it names none. */
  readonly labels: readonly string[]
  readonly form: RowsForm
  readonly dialect: CsvDialect
}

export type DatasetColumn = Pick<ColumnStatistics, 'name' | 'kind' | 'missing'>

export interface Dataset extends DatasetMeta {
  readonly datasetId: number
  readonly version: number
  readonly byteLength: number
  readonly sha256: string
  /** Null when its content is deleted. */
  readonly storageKey: string | null
  readonly rowCount: number
  readonly columns: readonly DatasetColumn[]
  readonly decisions: readonly Warning[]
  /** Rows that erasures took since it was uploaded; digest, length and all others are those of what is left. */
  readonly erasedRows: number
  /** The form in which it was uploaded, where an erasure had to write it in another one. */
  readonly uploadedForm: RowsForm | null
  readonly createdAt: Date
  readonly createdBy: string
  readonly deletedAt: Date | null
  readonly deletedBy: string | null
}

/** What is erased with the content. */
export interface DatasetLook {
  readonly statistics: TableStatistics
  readonly preview: readonly Readonly<Record<string, Level | null>>[]
}

export interface NewDataset extends DatasetMeta, DatasetLook {
  readonly byteLength: number
  readonly sha256: string
  readonly storageKey: string
  readonly decisions: readonly Warning[]
  readonly createdBy: string
  readonly idempotencyKey: string | undefined
}

export const NAME_PATTERN = '^[\\p{L}\\p{N}][\\p{L}\\p{N} ._-]{0,199}$'
