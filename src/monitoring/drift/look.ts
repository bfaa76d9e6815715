// A look: what was found of the predictions of one version in one environment and one window of time.
import type { WrongTypes } from '../quality/quality-counts.ts'
import type { Severity } from '../statistics/severity.ts'

/** `failed`: it could not be judged; the others were. */
export const COLUMN_STATES = ['ok', 'drift', 'constant', 'insufficient_data', 'no_baseline', 'failed'] as const
export type ColumnState = (typeof COLUMN_STATES)[number]

export const LOOK_STATES = ['ok', 'drift', 'insufficient_data', 'no_baseline'] as const
export type LookState = (typeof LOOK_STATES)[number]

export const QUALITY_STATES = ['ok', 'bad', 'insufficient_data', 'no_baseline'] as const
export type QualityState = (typeof QUALITY_STATES)[number]

/**
 * `answer`: what the version predicts, one column a label. They are apart from features, which may have the same name. `row`: whether whole
 * rows are anomalous.
 */
export const ROLES = ['feature', 'answer', 'confidence', 'row'] as const
export type ColumnRole = (typeof ROLES)[number]

/** one_cell: all values are in one cell, and those of the training were not. wrong_type: requests were refused for it. */
export const FINDINGS = ['missing', 'unseen', 'below', 'above', 'one_cell', 'wrong_type'] as const
export type Finding = (typeof FINDINGS)[number]

/** Whose predictions are looked at. */
export interface Slot {
  readonly projectId: number
  readonly environment: string
  readonly version: number
}

/** [from, to), at full hours. */
export interface Window {
  readonly from: Date
  readonly to: Date
}

export interface ColumnLook {
  readonly role: ColumnRole
  readonly name: string
  readonly state: ColumnState
  /** Of the effect alone: a column that does not drift may have one too. */
  readonly severity?: Severity
  /** Chi-square of the two samples on the cells. */
  readonly statistic?: number
  readonly df?: number
  readonly pValue?: number
  readonly method?: string
  readonly psi?: number
  /** PSI less its mean where nothing has changed. */
  readonly psiExcess?: number
  readonly jsDistance?: number
  readonly lInfinity?: number
  /** Of numbers. */
  readonly ksDistance?: number
  readonly cramersV?: number
  /** 1 where rows are independent. */
  readonly overdispersion?: number
  /** Rows from which `ok` can be said. */
  readonly rowsNeeded?: number
  /** By cell, in the order of the baseline's. */
  readonly counts: readonly number[]
  /** What is bad of its data. */
  readonly findings: readonly Finding[]
  /** Requests that were refused for its type; absent where there were none. */
  readonly wrongTypes?: WrongTypes
  /** Why the state is `failed`. */
  readonly error?: string
}

/** What a look was judged by. */
export interface LookBasis {
  readonly daysPerFalseAlarm: number
  readonly looksPerDay: number
  /** Columns of all versions of the project that are looked at in the window. */
  readonly tests: number
  /** A p-value at most so large is significant. */
  readonly level: number
  /** Rows from which every feature is judged; null where the training had too few rows for that. */
  readonly rowsNeeded: number | null
  readonly baselineRows: number
  /** Earlier windows that the overdispersion is estimated from. */
  readonly calibrationWindows: number
  /** What is collected over the looks of the slot, and from where on it is drift; null where the project has that off. */
  readonly evidence: number | null
  readonly evidenceNeeded: number | null
  /** Of ordinary rows so many may be anomalous; 0 where none are scored. Absent of looks of earlier workers. */
  readonly anomalyShare?: number
}

/** Of the columns with the largest effect, the first ones. */
export interface WorstColumn {
  readonly role: ColumnRole
  readonly name: string
  readonly state: ColumnState
  readonly severity?: Severity
  readonly psiExcess: number
}

export interface NewLook {
  readonly slot: Slot
  readonly window: Window
  readonly rowCount: number
  readonly state: LookState
  readonly severity: Severity | undefined
  readonly drifted: number
  readonly qualityState: QualityState
  readonly qualitySeverity: Severity | undefined
  readonly basis: LookBasis
  readonly worst: readonly WorstColumn[]
  readonly columns: readonly ColumnLook[]
}

/** A look without its columns, as the history tells it. */
export interface LookSummary extends Omit<NewLook, 'columns'> {
  readonly lookId: number
  readonly madeAt: Date
}

export interface Look extends LookSummary {
  readonly columns: readonly ColumnLook[]
}
