// What a fitted estimator says of many rows: in parts, so that it can be stopped and others get their turn.
import type { Breather } from './breather.ts'
import type { FitContext, FittedClassifier, FittedRegressor } from './estimator.ts'
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
      return firstMaxima(await fitted.predictProbabilitiesOn(team, x, stop), fitted.classCount)
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
      ? firstMaxima(fitted.predictProbabilities(chunk), fitted.classCount)
      : fitted.predict(chunk)
    predicted.set(found, start)
  }
  return predicted
}

/** Rows of a prediction between two looks at the stop flag. */
const CHUNK_ROWS = 1024

/** Per row, the place of its greatest probability. */
function firstMaxima(probabilities: Float64Array, classCount: number): Int32Array {
  const codes = new Int32Array(probabilities.length / classCount)
  for (let i = 0, start = 0; i < codes.length; i++, start += classCount) {
    let best = 0
    for (let c = 1; c < classCount; c++) {
      if ((probabilities[start + c] as number) > (probabilities[start + best] as number)) best = c
    }
    codes[i] = best
  }
  return codes
}
