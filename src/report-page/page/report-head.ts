// What a report says beyond its data.
export interface ReportHead {
  readonly modelName: string
  /** Undefined for a training without a database. */
  readonly runId?: number
  /** As it stands in the database. */
  readonly runDate?: string
  readonly trainingSeconds?: number
  readonly featureNames: readonly string[]
  readonly labelNames: readonly string[]
}
