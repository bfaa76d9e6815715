// What an automatic choice chooses among: an estimator with its parameters, and an encoding before it. Plain data.
import { StateError } from '../../learning/errors.ts'
import type { Estimator, StateValue } from '../../learning/estimator.ts'
import { estimators } from '../../learning/estimators.ts'
import { TransformedTargetRegressor } from '../../learning/transformed-target.ts'
import { Pipeline } from '../pipeline.ts'
import { impute } from '../steps/impute.ts'
import { oneHot } from '../steps/one-hot.ts'
import { polynomial } from '../steps/polynomial.ts'
import { standardize } from '../steps/standardize.ts'
import type { AnyStep } from '../steps/step.ts'
import { targetEncode } from '../steps/target-encode.ts'
import { text } from '../steps/text.ts'
import { times } from '../steps/times.ts'

/** A value of a parameter that candidates have. */
export type ParameterValue = number | string | null
export type CandidateParameters = { readonly [name: string]: ParameterValue }

export interface Candidate {
  /** A key of `estimators`. */
  readonly estimator: string
  readonly encoding: EncodingName
  /** What a regressor learns in place of the label. Absent: the label itself. */
  readonly target?: TargetName
  /** Those that are not the estimator's defaults. */
  readonly parameters: CandidateParameters
}

/** Words of a text for a method that looks at each column of each row: as in the model classes of trees. */
const TREE_WORDS = 200

/** The steps before the estimator; each call makes new ones. */
const ENCODINGS = {
  /** Categories by their codes, missing values as they are. */
  codes: () => [times(), text({ width: TREE_WORDS })],
  /** The same, with the mean label in place of more than a few categories. */
  target_codes: () => [times(), text({ width: TREE_WORDS }), targetEncode({ levelsMin: 11 })],
  /** A column a category, all columns of numbers scaled. */
  scaled: () => [
    ...[times({ cyclic: true }), text(), targetEncode({ levelsMin: 201 })],
    ...[oneHot(), impute(), standardize()],
  ],
  /** The same, with the mean label in place of more than a few categories. */
  target_scaled: () => [
    ...[times({ cyclic: true }), text(), targetEncode({ levelsMin: 11 })],
    ...[oneHot(), impute(), standardize()],
  ],
  /** With squares and products of the columns of numbers. */
  products: () => [
    ...[times({ unit: true }), text(), targetEncode({ levelsMin: 11 })],
    ...[oneHot(), impute(), standardize(), polynomial()],
  ],
  /** Counts of words, and a column a category: no number is below 0. */
  counts: () => [times({ unit: true }), text({ weighting: 'count' }), oneHot(), impute()],
} as const satisfies Record<string, () => AnyStep[]>
export type EncodingName = keyof typeof ENCODINGS

const TARGETS = ['log1p', 'standardize'] as const
export type TargetName = (typeof TARGETS)[number]

/** The unfitted pipeline of a candidate. Throws ParameterError for parameters that its estimator does not take. */
export function candidatePipeline({ estimator, encoding, target, parameters }: Candidate): Pipeline {
  const Made = estimators[estimator] as NonNullable<(typeof estimators)[string]>
  return new Pipeline(ENCODINGS[encoding](), learning(new Made(parameters), target))
}

function learning(estimator: Estimator, target: TargetName | undefined): Estimator {
  return target === undefined || estimator.kind !== 'regressor'
    ? estimator
    : new TransformedTargetRegressor(estimator, target)
}

/** The same for two candidates whose steps, fitted on the same rows, are the same: StepContext has what steps know. */
export function encodingKey(candidate: Candidate): string {
  const { encoding, target } = candidate
  const { abilities } = candidatePipeline(candidate).estimator
  return JSON.stringify([encoding, target, abilities.sparse === true])
}

/** The same for equal candidates. */
export function candidateKey({ estimator, encoding, target, parameters }: Candidate): string {
  return JSON.stringify([estimator, encoding, target, Object.entries(parameters).sort()])
}

export function candidateState({ parameters, ...names }: Candidate): StateValue {
  return { ...names, parameters: { ...parameters } }
}

/** Throws StateError for what is no candidate. What its parameters may be, its estimator says. */
export function restoreCandidate(state: StateValue | undefined): Candidate {
  const { estimator, encoding, target, parameters } = (state ?? {}) as Record<string, unknown>
  const isTarget = target === undefined || TARGETS.some((name) => name === target)
  const areNames = typeof estimator === 'string' && typeof encoding === 'string'
  if (!areNames || !isTarget || typeof parameters !== 'object' || parameters === null) {
    throw new StateError('expected a candidate')
  }
  if (!Object.hasOwn(estimators, estimator)) throw new StateError(`no estimator is named ${estimator}`)
  if (!Object.hasOwn(ENCODINGS, encoding)) throw new StateError(`no encoding is named ${encoding}`)
  const known = { estimator, encoding: encoding as EncodingName, parameters: parameters as CandidateParameters }
  return target === undefined ? known : { ...known, target: target as TargetName }
}

/** In a line, for progress and reports. */
export function candidateName({ estimator, encoding, target }: Candidate): string {
  return `${estimator}, ${encoding}${target === undefined ? '' : `, ${target} of the label`}`
}
