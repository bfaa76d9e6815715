// Hears of predicted rows before the log does: those of projects that want it are scored first.
import { isSampled } from '../../prediction/sampling.ts'
import type { PredictedRows, RowAnomalies, RowsHearer } from '../predicted-rows.ts'
import type { RowScorer } from './row-scorer.ts'

export interface ScoredRowsParts {
  readonly log: RowsHearer
  /** The share of the rows of a project that may be anomalous; 0 where none are scored. At once. */
  readonly shareOf: (projectId: number) => number
  readonly scorer: Pick<RowScorer, 'score'>
}

export class ScoredRows implements RowsHearer {
  private readonly parts: ScoredRowsParts

  constructor(parts: ScoredRowsParts) {
    this.parts = parts
  }

  /** All rows of a project that has them scored. */
  rateOf(projectId: number): number {
    const { log, shareOf } = this.parts
    return shareOf(projectId) > 0 ? 1 : log.rateOf(projectId)
  }

  keyColumnOf(projectId: number): string | undefined {
    return this.parts.log.keyColumnOf(projectId)
  }

  hear(predicted: PredictedRows): void {
    const { shareOf, scorer } = this.parts
    const { projectId } = predicted.deployment
    const share = shareOf(projectId)
    if (share > 0) scorer.score(predicted, share, (anomalies) => this.tellLog(predicted, anomalies))
    else this.tellLog(predicted, undefined)
  }

  /** Those in the sample of the log. */
  private tellLog(predicted: PredictedRows, anomalies: RowAnomalies | undefined): void {
    const { log } = this.parts
    const ofProject = log.rateOf(predicted.deployment.projectId)
    const rate = predicted.rate ?? ofProject
    if (ofProject === 0) return
    const kept = [...predicted.rows.keys()].filter((i) =>
      isSampled(predicted.idPrefix, predicted.rows[i] as number, rate),
    )
    if (kept.length > 0)
      log.hear(kept.length < predicted.rows.length ? pick(predicted, anomalies, kept) : { ...predicted, anomalies })
  }
}

function pick(predicted: PredictedRows, anomalies: RowAnomalies | undefined, kept: readonly number[]): PredictedRows {
  const take = (values: Float64Array): Float64Array => Float64Array.from(kept, (i) => values[i] as number)
  const { rows, columns, answers, confidence, keys } = predicted
  return {
    ...predicted,
    rows: Uint32Array.from(kept, (i) => rows[i] as number),
    columns: columns.map((column) => column && take(column)),
    answers: take(answers),
    confidence: confidence && take(confidence),
    keys: keys && { ...keys, texts: kept.map((i) => keys.texts[i] ?? null) },
    anomalies: anomalies && { ...anomalies, scores: take(anomalies.scores) },
  }
}
