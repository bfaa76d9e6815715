// The requests of one environment while an experiment runs there: one phase of it.
import type { Enrolled, TrafficSplit } from '../../deployments/serving/traffic.ts'
import { answeringArm, armAt, type BucketRange, bucketOf, rangesOf } from '../assign.ts'
import type { DividedParts } from './divided-parts.ts'
import { EnrolledRequest } from './enrolled-request.ts'
import { unitOf } from './unit.ts'

export class DividedTraffic implements TrafficSplit {
  readonly deploymentId: number
  private readonly parts: DividedParts
  private readonly ranges: readonly BucketRange[]

  constructor(parts: DividedParts, deploymentId: number) {
    this.parts = parts
    this.deploymentId = deploymentId
    this.ranges = rangesOf(parts.phase.shares)
  }

  /** The unit is exposed to its arm from here on, whatever becomes of the request: no arm can change who is in it. */
  enrol(key: string): Enrolled | undefined {
    const { experiment, phase, log, now, until } = this.parts
    const at = now()
    if (at >= until()) return undefined
    const drawn = armAt(this.ranges, bucketOf(phase.seed, key))
    if (drawn === undefined) return undefined
    const arm = answeringArm(experiment.plan, drawn)
    const unit = { experimentId: experiment.experimentId, phase: phase.phase, unit: unitOf(key), arm, at }
    log.mark(unit)
    return new EnrolledRequest(this.parts, unit)
  }
}
