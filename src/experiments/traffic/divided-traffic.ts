// The requests of one environment while an experiment runs there: one phase of it.
import type { Enrolled, TrafficSplit } from '../../deployments/serving/traffic.ts'
import { answeringArm, armAt, type BucketRange, bucketOf, rangesOf } from '../assign.ts'
import type { DividedParts } from './divided-parts.ts'
import { EnrolledRequest } from './enrolled-request.ts'
import type { KnownUnit, PhaseUnits } from './known-units.ts'
import { unitOf } from './unit.ts'

export class DividedTraffic implements TrafficSplit {
  private readonly parts: DividedParts
  private readonly ranges: readonly BucketRange[]
  private readonly units: PhaseUnits

  constructor(parts: DividedParts) {
    this.parts = parts
    this.ranges = rangesOf(parts.phase.shares)
    this.units = parts.units.of({ experimentId: parts.experiment.experimentId, phase: parts.phase.phase })
  }

  /** The unit is exposed to its arm from here on, whatever becomes of the request: no arm can change who is in it. */
  enrol(key: string): Enrolled | undefined {
    const { log, now, until } = this.parts
    const at = now()
    if (at >= until()) return undefined
    const unit = this.unitWith(key)
    if (unit === undefined) return undefined
    log.expose(unit, at)
    return new EnrolledRequest(this.parts, unit, at)
  }

  /** Undefined of a key that is not enrolled. */
  private unitWith(key: string): KnownUnit | undefined {
    const known = this.units.find(key)
    if (known !== undefined) return known
    const { experiment, phase } = this.parts
    const drawn = armAt(this.ranges, bucketOf(phase.seed, key))
    if (drawn === undefined) return undefined
    const { experimentId, plan } = experiment
    const unit = { experimentId, phase: phase.phase, unit: unitOf(key), arm: answeringArm(plan, drawn), told: 0 }
    this.units.add(key, unit)
    return unit
  }
}
