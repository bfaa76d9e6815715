// One request of an experiment: which version predicts it, which one does when that fails, and what is told of it.
import type { AnswerStamp } from '../../prediction/answer-stamp.ts'
import type { RowsWatch, SampledRows } from '../../prediction/rows-watch.ts'
import type { ActiveDeployment, ActiveDeployments } from './active-deployments.ts'
import { ForwardingWatch } from './forwarding-watch.ts'
import { faultOf } from './own-failure.ts'
import type { Enrolled, SplitArm } from './traffic.ts'

/** A version that is asked to predict a request. */
export interface AskedVersion {
  readonly runId: number
  readonly modelName: string
  readonly stamp: AnswerStamp
  readonly watch: RowsWatch | undefined
}

export interface DividedPrediction {
  readonly first: AskedVersion
  /** Whoever was asked last has predicted. */
  onPredicted(): void
  /** Whether another one, the control, is asked where the first fails. */
  readonly hasOther: boolean
  /** That one, now that the first has failed. */
  instead(error: unknown): AskedVersion
  /** Nobody is left who could predict. */
  onFailed(error: unknown): void
}

/** startedAt: of performance.now(). */
export function dividePrediction(
  active: Pick<ActiveDeployments, 'stampOf' | 'watchOfArm'>,
  deployment: ActiveDeployment,
  enrolled: Enrolled,
  startedAt: number,
): DividedPrediction {
  const { experimentId: id, arm, control } = enrolled
  const ask = (asked: SplitArm): AskedVersion => {
    const { runId, modelName, version } = asked
    const stamp = active.stampOf(deployment, { version, experiment: { id, arm: arm.name } })
    const inner = active.watchOfArm(deployment, asked)
    return { runId, modelName, stamp, watch: inner && new AnsweredRows(inner, enrolled, asked) }
  }
  let failed: { readonly error: unknown; readonly milliseconds: number } | undefined
  return {
    first: ask(arm),
    hasOther: arm.version !== control.version,
    onPredicted() {
      // The control has taken the rows: nothing was wrong with them.
      if (failed === undefined) enrolled.predicted(performance.now() - startedAt)
      else if (faultOf(failed.error) !== 'worker') enrolled.failed(failed.milliseconds)
    },
    instead(error) {
      failed = { error, milliseconds: performance.now() - startedAt }
      return ask(control)
    },
    onFailed(error) {
      const { error: first, milliseconds } = failed ?? { error, milliseconds: performance.now() - startedAt }
      if (faultOf(first) === 'version') enrolled.failed(milliseconds)
    },
  }
}

/** Tells the rows of an answer to the experiment too. */
class AnsweredRows extends ForwardingWatch {
  private readonly enrolled: Enrolled
  private readonly by: SplitArm

  constructor(inner: RowsWatch, enrolled: Enrolled, by: SplitArm) {
    super(inner)
    this.enrolled = enrolled
    this.by = by
  }

  override sampled(rows: SampledRows, idPrefix: string, milliseconds: number): void {
    super.sampled(rows, idPrefix, milliseconds)
    this.enrolled.answered(this.by, rows, idPrefix, milliseconds)
  }
}
