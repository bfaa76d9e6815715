// Watches what one deployment is asked to predict: counts its rows in the cells of its version, and tells those of the sample.

import type { DeploymentRowsWatch } from '../deployments/serving/active-deployments.ts'
import { currentPeriod } from '../deployments/serving/current-period.ts'
import { ServiceError } from '../errors.ts'
import type { SampledRows, UnseenCounts } from '../prediction/rows-watch.ts'
import type { CountedCells, CountedHour, DropReason } from './cells/counted-cells.ts'
import type { PredictingDeployment, RowsHearer, UnseenHearer } from './predicted-rows.ts'
import type { CountedQuality, QualityHour } from './quality/counted-quality.ts'
import type { RefusedTypes } from './quality/refused-types.ts'

const HOUR_MS = 3_600_000

export interface DeploymentWatchParts {
  readonly cells: Pick<CountedCells, 'hourOf' | 'dropped'>
  readonly quality: Pick<CountedQuality, 'hourOf'>
  readonly refusedTypes: Pick<RefusedTypes, 'count'>
  /** Who keeps sampled rows. */
  readonly hearer: () => RowsHearer | undefined
  /** Who keeps levels that the training never saw. */
  readonly unseenHearer: () => UnseenHearer | undefined
  /** Each row is told where the project wants any, and counts as one. */
  readonly isEveryRow: boolean
}

/** Nothing here waits for anything: it stands in the way of predictions. */
export class DeploymentWatch implements DeploymentRowsWatch {
  private readonly deployment: PredictingDeployment
  private readonly parts: DeploymentWatchParts
  private hour: CountedHour | undefined
  private qualityHour: QualityHour | undefined

  constructor(deployment: PredictingDeployment, parts: DeploymentWatchParts) {
    this.deployment = deployment
    this.parts = parts
  }

  get sampleRate(): number {
    const rate = this.parts.hearer()?.rateOf(this.deployment.projectId) ?? 0
    return this.parts.isEveryRow && rate > 0 ? 1 : rate
  }

  get keyColumn(): string | undefined {
    return this.parts.hearer()?.keyColumnOf(this.deployment.projectId)
  }

  get wantsUnseen(): boolean {
    return this.parts.unseenHearer()?.wants(this.deployment.projectId) === true
  }

  unseen(levels: readonly UnseenCounts[]): void {
    this.parts.unseenHearer()?.hear(this.deployment, levels)
  }

  countsFor(cellCount: number, rowCount: number): Float64Array | undefined {
    const { cells } = this.parts
    const startsAt = currentPeriod(HOUR_MS)
    this.qualityAt(startsAt)?.answered()
    let { hour } = this
    if (hour?.startsAt !== startsAt || hour.counts.length !== cellCount) {
      hour = cells.hourOf(this.deployment, cellCount)
      this.hour = hour
    }
    if (hour === undefined) {
      cells.dropped(rowCount, 'no_room')
      return undefined
    }
    hour.rowCount += rowCount
    return hour.counts
  }

  notCounted(rowCount: number, reason: DropReason): void {
    this.parts.cells.dropped(rowCount, reason)
  }

  sampled(rows: SampledRows, idPrefix: string, milliseconds: number): void {
    const rate = this.parts.isEveryRow ? 1 : undefined
    this.parts.hearer()?.hear({ ...rows, deployment: this.deployment, idPrefix, milliseconds, rate })
  }

  failed(error: unknown): void {
    if (!(error instanceof ServiceError && error.code === 'REQUEST_INVALID')) return
    this.qualityAt(currentPeriod(HOUR_MS))?.wasRefused()
    if (error.wrongTypes.length > 0) void this.parts.refusedTypes.count(this.deployment, error.wrongTypes)
  }

  private qualityAt(startsAt: number): QualityHour | undefined {
    if (this.qualityHour?.startsAt !== startsAt) this.qualityHour = this.parts.quality.hourOf(this.deployment)
    return this.qualityHour
  }
}
