// What a fitted estimator says of many rows: in parts, so that it can be stopped and others get their turn.
import type { Breather } from './breather.ts'
import type { FitContext, FittedClassifier, FittedRegressor } from './estimator.ts'
import { firstMaxima } from './first-maxima.ts'
import { turn } from './fit-context.ts'
import type { RowBlock } from './matrix.ts'

/**
 * The class codes, the first of equally probable ones, or the values. On the team's threads where there is a team and
 * the estimator can use it; else 1,024 rows at a time, with a look at the stop flag and perhaps a turn between.
 */
export async function predictRows(
  fitted: FittedClassifier | FittedRegressor,
  x: RowBlock,
  { team, stop }: Partial<Pick<FitContext, 'team'>> & Pick<FitContext, 'stop'>,
  breather: Breather,
): Promise<Int32Array | Float64Array> {
  if (breather.isTurnDue()) await turn()
  const isClassifier = fitted.kind === 'classifier'
  if (team !== undefined) {
    if (isClassifier && fitted.predictProbabilitiesOn !== undefined) {
      const probabilities = await fitted.predictProbabilitiesOn(team, x, stop)
      return firstMaxima(probabilities, fitted.classCount, new Int32Array(x.rowCount))
    }
    if (!isClassifier && fitted.predictOn !== undefined) return fitted.predictOn(team, x, stop)
  }
  const { rowCount, columnCount, values } = x
  const predicted = isClassifier ? new Int32Array(rowCount) : new Float64Array(rowCount)
  for (let start = 0; start < rowCount; start += CHUNK_ROWS) {
    if (breather.isTurnDue()) await turn()
    const end = Math.min(start + CHUNK_ROWS, rowCount)
    const chunk = {
      rowCount: end - start,
      columnCount,
      values: values.subarray(start * columnCount, end * columnCount),
    }
    const found = isClassifier
      ? firstMaxima(fitted.predictProbabilities(chunk), fitted.classCount, new Int32Array(chunk.rowCount))
      : fitted.predict(chunk)
    predicted.set(found, start)
  }
  return predicted
}

/** Rows of a prediction between two looks at the stop flag. */
const CHUNK_ROWS = 1024
