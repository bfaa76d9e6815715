// The rows that a deployment on another target has predicted: its version predicts them here once more, after the answer, so that they
// are counted and kept as all rows are. The answers are those of there: it is the same version, with the same bytes.
import { ServiceError } from '../../errors.ts'
import type { PredictionRequest } from '../../prediction/prediction-request.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import type { RowsWatch } from '../../prediction/rows-watch.ts'
import { smallBytesOf } from '../../rows/body-file.ts'
import type { DeploymentRowsWatch } from './active-deployments.ts'
import { ForwardingWatch } from './forwarding-watch.ts'
import { AGAIN_TIMEOUT_MS, failureOf, predictAgain } from './predict-again.ts'
import type { ShadowQueue, ShadowResult } from './shadow-queue.ts'

export interface WatchElsewhereParts {
  readonly predictor: Pick<Predictor, 'predict'>
  /** Requests that wait: of more the rows are not counted. */
  readonly queue: Pick<ShadowQueue, 'add'>
}

/** What is told of the rows that are predicted once more. */
interface Told {
  readonly watch: RowsWatch
  /** They are predicted here. */
  readonly onMade?: () => void
  /** They are refused here, too. */
  readonly onRefused: (error: ServiceError) => void
  /** They are not predicted again. */
  readonly leaveOut: () => void
}

export class WatchElsewhere {
  private readonly parts: WatchElsewhereParts

  constructor(parts: WatchElsewhereParts) {
    this.parts = parts
  }

  /**
   * Rows that were answered there, in so many milliseconds, which are told as theirs. Nothing waits for it. Those that are not
   * predicted again are told to the watch as not counted.
   */
  answered(watch: DeploymentRowsWatch, asked: PredictionRequest, rowCount: number, milliseconds: number): void {
    const leaveOut = (): void => watch.notCounted(rowCount, 'elsewhere')
    const timed = new ForwardingWatch(watch, (rows, idPrefix) => watch.sampled(rows, idPrefix, milliseconds))
    this.add(asked, { watch: timed, onRefused: leaveOut, leaveOut })
  }

  /** A request that was refused there: no row of it is counted or kept. What is wrong with its rows is looked for here. */
  refused(watch: DeploymentRowsWatch, asked: PredictionRequest, error: ServiceError): void {
    const refuse = (): void => watch.failed(error)
    this.add(asked, { watch: DEAF, onMade: refuse, onRefused: (found) => watch.failed(found), leaveOut: refuse })
  }

  private add(asked: PredictionRequest, told: Told): void {
    const bytes = smallBytesOf(asked.body)?.length
    // The file of a large body goes with the answer.
    if (bytes === undefined) told.leaveOut()
    else this.parts.queue.add({ bytes, run: () => this.repeat(asked, told), leaveOut: told.leaveOut })
  }

  private async repeat(asked: PredictionRequest, { watch, onMade, onRefused, leaveOut }: Told): Promise<ShadowResult> {
    try {
      await predictAgain(this.parts.predictor, asked, { runId: asked.runId, watch, timeoutMs: AGAIN_TIMEOUT_MS })
      onMade?.()
      return 'made'
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'REQUEST_INVALID') {
        onRefused(error)
        return 'made'
      }
      leaveOut()
      return failureOf(error)
    }
  }
}

const DEAF: RowsWatch = { sampleRate: 0, countsFor: () => undefined, notCounted() {}, sampled() {} }
