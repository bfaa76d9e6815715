// The columns of an answer that is a table: the labels, and behind them the probabilities and explanations that were asked for.
import type { Predictions } from '../model/fitted-pipeline.ts'
import { type Column, sliceRows } from '../model/table.ts'
import type { TableBlock } from '../rows/write-arrow.ts'
import { explanationColumns } from './answer-explanations.ts'
import type { AnswerStamp } from './answer-stamp.ts'
import { idOfRow } from './prediction-ids.ts'

/** Rows whose columns are made at once: enough that what is done for each block counts for little. */
const BLOCK_ROWS = 16_384
/** Values of a block: the probabilities of many classes are many columns. */
const BLOCK_VALUES = 2 ** 21

/** Of an answer that a deployment gives: the last column. */
const ID_COLUMN = 'prediction_id'

/**
 * The answer in blocks of rows, at least one. Probabilities are columns named label.probability.class, behind them come those of
 * explanations, and last the ids of a deployment's predictions. O(cells) time, one block of memory.
 */
export function* answerBlocks(
  predictions: Predictions,
  withProbabilities: boolean,
  stamp?: AnswerStamp,
): Generator<TableBlock> {
  const { rowCount } = predictions.labels
  const { probabilities, explanations = [], featureNames = [] } = predictions
  const ofClasses = withProbabilities ? probabilities.reduce((sum, { levels }) => sum + levels.length, 1) : 1
  const ofFeatures = explanations.reduce((sum, { classes }) => sum + classes.length * (1 + featureNames.length), 0)
  const blockRows = Math.min(BLOCK_ROWS, Math.ceil(BLOCK_VALUES / (ofClasses + ofFeatures)))
  for (let start = 0; start === 0 || start < rowCount; start += blockRows) {
    const end = Math.min(start + blockRows, rowCount)
    const labels = sliceRows(predictions.labels, start, end)
    const added = withProbabilities ? probabilityColumns(predictions, start, end) : []
    const explained = explanationColumns(explanations, featureNames, start, end)
    const columns = [...labels.columns, ...added, ...explained]
    const texts = stamp === undefined ? [] : [{ name: ID_COLUMN, values: idsOf(stamp, start, end) }]
    yield { rowCount: end - start, columns, texts }
  }
}

function idsOf({ idPrefix }: AnswerStamp, start: number, end: number): string[] {
  return Array.from({ length: end - start }, (_, i) => idOfRow(idPrefix, start + i))
}

function probabilityColumns({ probabilities }: Predictions, start: number, end: number): Column[] {
  return probabilities.flatMap(({ name, levels, values }) =>
    levels.map((level, c): Column => {
      const column = new Float64Array(end - start)
      for (let i = 0; i < column.length; i++) column[i] = values[(start + i) * levels.length + c] as number
      return { kind: 'numeric', name: `${name}.probability.${level}`, values: column }
    }),
  )
}
