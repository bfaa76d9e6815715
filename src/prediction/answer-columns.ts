// The columns of an answer that is a table: the labels, and behind them the probabilities that were asked for.
import type { Predictions } from '../model/fitted-pipeline.ts'
import type { Column } from '../model/table.ts'

/** Probabilities are columns named label.probability.class. */
export function answerColumns({ labels, probabilities }: Predictions, withProbabilities: boolean): Column[] {
  if (!withProbabilities) return [...labels.columns]
  const added = probabilities.flatMap(({ name, levels, values }) =>
    levels.map(
      (level, c): Column => ({
        kind: 'numeric',
        name: `${name}.probability.${level}`,
        values: Float64Array.from({ length: labels.rowCount }, (_, row) => values[row * levels.length + c] as number),
      }),
    ),
  )
  return [...labels.columns, ...added]
}
