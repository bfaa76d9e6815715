// What the service and its detection thread say to each other: plain data, one detection at a time.
import type { BodyBytes } from '../../rows/byte-window.ts'
import type { CsvDialect } from '../../rows/csv-dialect.ts'
import type { RowsForm } from '../../rows/forms.ts'
import type { DetectedDrift } from './detect-drift.ts'
import type { SampleName } from './detection-request.ts'

export interface DetectionCalls {
  /** Reads a request and holds what it gives until the next one, or until it is dropped. */
  read(body: BodyBytes): NamedDatasets
  /** Judges what was read, with the data sets that it names. */
  detect(datasets: Partial<Record<SampleName, DatasetBytes>>): DetectedDrift
  /** Lets go of what is held. */
  drop(): void
}

/** The ids of the data sets whose rows a sample is; absent where the request has the rows. */
export type NamedDatasets = { readonly [Name in SampleName]?: number }

export interface DatasetBytes {
  readonly body: BodyBytes
  readonly form: RowsForm
  readonly dialect: CsvDialect
}
