// What a child process is asked to measure, and what it says.
import type { TaskKind } from './data-file.ts'

export interface Order {
  /** `before` is this project's engine in another checkout. */
  readonly library: 'ours' | 'before' | 'scikit-learn' | 'lightgbm'
  readonly estimator: string
  readonly task: TaskKind
  readonly parameters: { readonly [name: string]: unknown }
  readonly threads: number
  /** Path of the data without its ending, and where the predictions go: float64, as predictWith gives them. */
  readonly data: string
  readonly predictions: string
}

export interface Measurement {
  readonly fitSeconds: number
  /** The median of three in the same process. */
  readonly predictSeconds: number
  /** Greatest resident memory of the process, and what it had before the fit, with the data read. In MB of 10^6. */
  readonly peakMb: number
  readonly beforeMb: number
  /** Bytes of the fitted model as it is written down: msgpackr here, pickle there. */
  readonly modelBytes: number
}
