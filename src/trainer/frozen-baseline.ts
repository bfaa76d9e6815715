// The baseline of a training: what predictions of its version are held against later.

import { baselineData } from '../cells/baseline-data.ts'
import { fitRowForest } from '../cells/fit-row-forest.ts'
import type { UnseenAnswers } from '../cells/freeze-baseline.ts'
import { FEATURES_MAX, freezeBaseline } from '../cells/freeze-baseline.ts'
import type { FitContext, StateValue } from '../learning/estimator.ts'
import type { Warning } from '../learning/warnings.ts'
import type { FittedPipeline, Predictions, PredictOptions } from '../model/fitted-pipeline.ts'
import { listedRows } from '../model/listed-rows.ts'
import type { Table } from '../model/table.ts'
import { newAttempts } from '../training-summary/attempt.ts'
import type { ReportData } from '../training-summary/report-data.ts'

interface EndedFit {
  readonly pipeline: FittedPipeline
  /** All rows of the training, those held out too. */
  readonly features: Table
  /** Rows held out, and their predictions where the metrics made them. */
  readonly heldOut: { readonly features: Table; readonly predictions: Predictions | undefined } | undefined
  /** Of rows that folds validated. */
  readonly outOfFold: Predictions | undefined
  /** Whether it may become a version: then single rows that it predicts may be held against its training, too. */
  readonly isOfDataset: boolean
}

interface FrozenData {
  /** Undefined where it could not be made: then `problems` has why. */
  readonly baseline: StateValue | undefined
  readonly warnings: readonly Warning[]
  readonly problems: ReportData['problems']
}

/** Throws FitStopped, and nothing else. O(rows log rows × columns). */
export async function frozenBaseline(ended: EndedFit, context: FitContext): Promise<FrozenData> {
  const { attempt, problems } = newAttempts()
  const { pipeline, features } = ended
  const frozen = await attempt('baseline', async () =>
    freezeBaseline(pipeline, features, await unseenAnswers(ended, { team: context.team })),
  )
  const rowForest =
    frozen && ended.isOfDataset
      ? await attempt('row_forest', () => fitRowForest(features, pipeline.featureSchema, context))
      : undefined
  const baseline = frozen && baselineData({ ...frozen.baseline, rowForest })
  return { baseline, warnings: leftOutWarning(frozen?.leftOut ?? 0), problems }
}

/** Rows that were held out are judged by the version itself, those of folds by others: the first are the better ones. */
async function unseenAnswers(
  { pipeline, heldOut, outOfFold }: EndedFit,
  options: PredictOptions,
): Promise<UnseenAnswers | undefined> {
  if (heldOut !== undefined) {
    const asked = { ...options, withProbabilities: false, withConfidence: true }
    const predictions = heldOut.predictions ?? (await pipeline.predict(listedRows(pipeline, heldOut.features), asked))
    return { source: 'held_out', predictions }
  }
  return outOfFold && { source: 'out_of_fold', predictions: outOfFold }
}

function leftOutWarning(leftOut: number): Warning[] {
  if (leftOut === 0) return []
  const message = `${leftOut} columns are not counted at predictions: at most ${FEATURES_MAX} are, and names and levels of so many characters`
  return [{ code: 'BASELINE_PARTIAL', message }]
}
