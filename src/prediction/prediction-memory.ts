// What predictions take of the memory, asked for before they are made.
import type { FittedEstimator } from '../learning/estimator.ts'
import { EXPLAINED_CLASSES_MAX } from '../model/explanation-rows.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import { givesLists } from '../model/listed-rows.ts'

const NUMBER_BYTES = 8
const CODE_BYTES = 4

/** Bytes of the predictions of so many rows while they are made and answered: with the codes of their categories. */
export function predictionBytes(pipeline: FittedPipeline, rowCount: number, withProbabilities: boolean): number {
  const { featureSchema, outputs } = pipeline
  const codes = featureSchema.filter(({ kind }) => kind === 'categorical').length * CODE_BYTES
  const values = withProbabilities || givesLists(pipeline) ? valuesOfRow(pipeline) : 0
  return rowCount * (codes + NUMBER_BYTES * (outputs.length + values))
}

/** Bytes of the explanations of so many rows at the most: a class more than can be explained is refused. */
export function explanationBytes({ featureSchema, outputs }: FittedPipeline, rowCount: number): number {
  const lines = outputs.reduce((sum, { levels }) => sum + Math.min(levels?.length ?? 1, EXPLAINED_CLASSES_MAX), 0)
  return NUMBER_BYTES * rowCount * lines * featureSchema.length
}

/** Probabilities and listed items of a row, of all label columns together. */
export function valuesOfRow({ outputs }: FittedPipeline): number {
  return outputs.reduce((sum, { fitted }) => sum + valuesOf(fitted), 0)
}

/** Of a list an item and a score, twice: as they are ranked, and as columns. */
function valuesOf(fitted: FittedEstimator): number {
  if (fitted.kind === 'recommender') return 4 * fitted.listLength
  return fitted.kind === 'classifier' ? fitted.classCount : 0
}
