// What a fitted estimator says of why it predicts as it does.
import { NotExplainable } from '../errors.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'

/**
 * What base and contributions add up to.
 *
 * probability           of the class
 * log_odds              of the class against the other one of two
 * score                 of the class: probabilities are the softmax of all classes' scores
 * joint_log_likelihood  of the class and the row: probabilities are its softmax over the classes
 * value                 the predicted number
 * transformed_value     a function of the predicted number
 * mean_path_length      of an isolation forest: scores are −2^(−length ÷ that of all rows), less the offset
 */
export type ExplainedAs =
  | ('probability' | 'log_odds' | 'score' | 'joint_log_likelihood')
  | ('value' | 'transformed_value' | 'mean_path_length')

/** A line is a class that is explained, or the number. */
export interface Explanation {
  readonly explainedAs: ExplainedAs
  /** What leads from the prediction to what is explained: identity, logit, softmax, log, or the name of a transform. */
  readonly link: string
  /** What a row is compared with: the training rows, or a row of zeros. */
  readonly comparedWith: 'training_rows' | 'zeros' | 'prior'
  /** Per line, the code of its class; null for the number. */
  readonly classCodes: readonly (number | null)[]
  /** Per line. */
  readonly bases: Float64Array
  /** Row-major rows × lines × columns. */
  readonly contributions: Float64Array
}

/** What of a prediction is to be explained. */
export interface ExplanationChoice {
  /** Codes of classes, ascending; regressors take no note of it. Absent: all. */
  readonly classCodes?: readonly number[] | undefined
  readonly stop?: StopFlag | undefined
}

/** Trees of a training before the rows of their leaves were kept. */
export function trainAgain(): NotExplainable {
  return new NotExplainable('it was trained before the training rows of each leaf were kept: train it again')
}

/** What there is to add up of one of two classes, for those that are asked for: the other has all with the other sign. */
export function ofTwoClasses(
  ofSecond: { readonly base: number; readonly contributions: Float64Array },
  [first, second]: readonly [number, number],
  total: 0 | 1,
  rowCount: number,
  asked: readonly number[],
): Pick<Explanation, 'classCodes' | 'bases' | 'contributions'> {
  const classCodes = asked.filter((code) => code === first || code === second)
  const columnCount = ofSecond.contributions.length / rowCount
  const contributions = new Float64Array(rowCount * classCodes.length * columnCount)
  let to = 0
  for (let row = 0; row < rowCount; row++) {
    for (const code of classCodes) {
      for (let at = row * columnCount; at < (row + 1) * columnCount; at++) {
        const contribution = ofSecond.contributions[at] as number
        contributions[to++] = code === second ? contribution : -contribution
      }
    }
  }
  const bases = Float64Array.from(classCodes, (code) => (code === second ? ofSecond.base : total - ofSecond.base))
  return { classCodes, bases, contributions }
}
