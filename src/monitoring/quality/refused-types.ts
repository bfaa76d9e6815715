// Requests that were refused because a column has another type than in the training, by column and by what came.
import { storableText } from '../../database/storable-text.ts'
import type { WrongType } from '../../model/faults.ts'
import type { Baselines } from '../cells/baselines.ts'
import type { PredictingDeployment } from '../predicted-rows.ts'
import type { CountedQuality } from './counted-quality.ts'

export interface RefusedTypesParts {
  readonly baselines: Pick<Baselines, 'of'>
  readonly quality: Pick<CountedQuality, 'hourOf'>
  readonly onCounted: (deployment: PredictingDeployment, wrong: WrongType) => void
  readonly onDropped: (reason: 'no_baseline' | 'no_room' | 'failed') => void
}

export class RefusedTypes {
  private readonly parts: RefusedTypesParts

  constructor(parts: RefusedTypesParts) {
    this.parts = parts
  }

  /** Columns that the version does not have are not counted: their names are the caller's. Throws nothing, and nothing waits for it. */
  async count(deployment: PredictingDeployment, wrongTypes: readonly WrongType[]): Promise<void> {
    const { baselines, quality, onCounted, onDropped } = this.parts
    try {
      const baseline = await baselines.of(deployment.runId)
      if (baseline === undefined) {
        onDropped('no_baseline')
        return
      }
      // A request counts once for a column, with what came first.
      const names = new Set(baseline.features.map(({ name }) => name))
      for (const wrong of wrongTypes) {
        if (!names.delete(wrong.column)) continue
        const of = { kind: 'wrong_type', name: storableText(wrong.column), detail: wrong.got } as const
        if (quality.hourOf(deployment)?.add(of, 1) === true) onCounted(deployment, wrong)
        else onDropped('no_room')
      }
    } catch {
      onDropped('failed')
    }
  }
}
