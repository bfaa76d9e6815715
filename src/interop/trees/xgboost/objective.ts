// What XGBoost's objective makes of margins, and of its base score: PredTransform and ProbToMargin of src/objective/.
import { logFloat32 } from '../../../learning/imported-trees/float32-functions.ts'
import type { Link } from '../../../learning/imported-trees/imported-scores.ts'
import { modelFileFault } from '../../model-file-error.ts'

export interface Objective {
  readonly kind: 'classifier' | 'regressor'
  readonly link: Link
  /** From a base score, which is an answer, to a margin. */
  readonly toMargin: (score: number) => number
}

const { fround } = Math
const same = (score: number): number => score
const logarithm = (score: number): number => logFloat32(score)
const logit = (score: number): number => -logFloat32(fround(fround(1 / score) - 1))

const number = (link: Link, toMargin = same): Objective => ({ kind: 'regressor', link, toMargin })
const classes = (link: Link, toMargin = same): Objective => ({ kind: 'classifier', link, toMargin })

const OBJECTIVES: Readonly<Record<string, Objective>> = {
  'reg:squarederror': number('identity'),
  'reg:linear': number('identity'),
  'reg:squaredlogerror': number('identity'),
  'reg:pseudohubererror': number('identity'),
  'reg:absoluteerror': number('identity'),
  'reg:quantileerror': number('identity'),
  'reg:logistic': number('sigmoid', logit),
  'reg:gamma': number('exp', logarithm),
  'reg:tweedie': number('exp', logarithm),
  'count:poisson': number('exp', logarithm),
  'survival:cox': number('exp', logarithm),
  'survival:aft': number('exp', logarithm),
  'rank:pairwise': number('identity'),
  'rank:ndcg': number('identity'),
  'rank:map': number('identity'),
  'binary:logistic': classes('sigmoid', logit),
  'binary:logitraw': number('identity'),
  'binary:hinge': classes('step'),
  'multi:softprob': classes('softmax'),
  'multi:softmax': classes('softmax'),
}

/** Throws ModelFileError for an objective that we do not know. */
export function objectiveOf(name: string): Objective {
  if (Object.hasOwn(OBJECTIVES, name)) return OBJECTIVES[name] as Objective
  throw modelFileFault('learner.objective.name', `the objective ${JSON.stringify(name)} is not supported`)
}
