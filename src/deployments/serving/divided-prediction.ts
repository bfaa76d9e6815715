// One request of an experiment: which version predicts it, which one does when that fails, and what is told of it.
import type { AnswerStamp } from '../../prediction/answer-stamp.ts'
import type { RowsWatch } from '../../prediction/rows-watch.ts'
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
  return new DividedRequest(active, deployment, enrolled, startedAt)
}

/** With its own methods, not closures: it is made for each request. */
class DividedRequest implements DividedPrediction {
  readonly first: AskedVersion
  readonly hasOther: boolean
  private readonly active: Pick<ActiveDeployments, 'stampOf' | 'watchOfArm'>
  private readonly deployment: ActiveDeployment
  private readonly enrolled: Enrolled
  private readonly startedAt: number
  private failure: { readonly error: unknown; readonly milliseconds: number } | undefined

  constructor(
    active: Pick<ActiveDeployments, 'stampOf' | 'watchOfArm'>,
    deployment: ActiveDeployment,
    enrolled: Enrolled,
    startedAt: number,
  ) {
    this.active = active
    this.deployment = deployment
    this.enrolled = enrolled
    this.startedAt = startedAt
    this.failure = undefined
    this.hasOther = enrolled.arm.version !== enrolled.control.version
    this.first = this.ask(enrolled.arm)
  }

  onPredicted(): void {
    const { enrolled, failure } = this
    // The control has taken the rows: nothing was wrong with them.
    if (failure === undefined) enrolled.predicted(performance.now() - this.startedAt)
    else if (faultOf(failure.error) !== 'worker') enrolled.failed(failure.milliseconds)
  }

  instead(error: unknown): AskedVersion {
    this.failure = this.failureNow(error)
    return this.ask(this.enrolled.control)
  }

  onFailed(error: unknown): void {
    const { error: first, milliseconds } = this.failure ?? this.failureNow(error)
    if (faultOf(first) === 'version') this.enrolled.failed(milliseconds)
  }

  private failureNow(error: unknown): { readonly error: unknown; readonly milliseconds: number } {
    return { error, milliseconds: performance.now() - this.startedAt }
  }

  private ask(asked: SplitArm): AskedVersion {
    const { active, deployment, enrolled } = this
    const { runId, modelName, version } = asked
    const stamp = active.stampOf(deployment, {
      version,
      experiment: { id: enrolled.experimentId, arm: enrolled.arm.name },
    })
    const watch = active.watchOfArm(deployment, asked)
    return { runId, modelName, stamp, watch: watch && withExperiment(watch, enrolled, asked) }
  }
}

/** Tells the rows of an answer to the experiment too. */
function withExperiment(watch: RowsWatch, enrolled: Enrolled, by: SplitArm): RowsWatch {
  return new ForwardingWatch(watch, (rows, idPrefix, milliseconds) => {
    watch.sampled(rows, idPrefix, milliseconds)
    enrolled.answered(by, rows, idPrefix, milliseconds)
  })
}
