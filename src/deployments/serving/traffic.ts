// Who divides the requests of an environment among versions, by a key that the caller gives. The room of deployments asks;
// who answers stands above it. Nothing here waits or throws: it stands in the way of predictions.
import type { RowsWatch, SampledRows } from '../../prediction/rows-watch.ts'

export interface TrafficSplitter {
  /** What divides the requests of a deployment now; undefined where nothing does. A look into memory. */
  of(deploymentId: number): TrafficSplit | undefined
}

export interface TrafficSplit {
  /** A request of a key. Undefined where the key is not enrolled. */
  enrol(key: string): Enrolled | undefined
}

/** A version among which requests are divided. */
export interface SplitArm {
  readonly name: string
  readonly version: number
  readonly runId: number
  readonly modelName: string
}

/** A request whose key is enrolled. */
export interface Enrolled {
  readonly experimentId: number
  /** That the key belongs to: it is to answer. */
  readonly arm: SplitArm
  /** The version that is deployed: it answers where another one fails. */
  readonly control: SplitArm
  /** Whether others are to predict the same rows after the answer: then `repeatBy` is wanted. */
  readonly isRepeated: boolean
  /** How others predict the rows of the request. Called before it is predicted. */
  repeatBy(repeat: Repeat): void
  /** The arm that is to answer has predicted. milliseconds: since the request was begun, without HTTP. */
  predicted(milliseconds: number): void
  /** It has failed by its own fault. */
  failed(milliseconds: number): void
  /** Rows that were answered, and by whom. */
  answered(by: SplitArm, rows: SampledRows, idPrefix: string, milliseconds: number): void
}

export interface Repeat {
  /** Of the body, which is kept until it is predicted again; undefined where it is too large for that. */
  readonly bytes: number | undefined
  /** Predicts the rows with a version, and tells the watch of them; resolves afterwards. Throws what stands against it. */
  predict(arm: SplitArm, watch: RowsWatch, timeoutMs: number): Promise<void>
}
