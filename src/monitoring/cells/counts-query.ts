// Which counts are asked for.
export interface CountsQuery {
  readonly projectId: number
  readonly environment?: string
  readonly deploymentId?: number
  readonly version?: number
  /** Hours that begin from here on, and before `to`. */
  readonly from: Date
  readonly to: Date
  /** Windows of an hour or of a day of UTC; absent: one window. */
  readonly by?: 'hour' | 'day'
}
