// The estimator of a model class as a subject of the contract suite.
import { aids } from '../estimator-checks/contract-aids.ts'
import { knownTraits } from '../estimator-checks/known-traits.ts'
import { parameterChecks } from '../estimator-checks/parameter-checks.ts'
import type { Check, Given, Subject, Traits } from '../estimator-checks/subject.ts'
import { estimators } from '../learning/estimators.ts'
import type { Parameters } from '../learning/parameters.ts'
import { TransformedTargetRegressor } from '../learning/transformed-target.ts'
import type { Model } from '../model/model.ts'

export interface EstimatorSubject {
  readonly subject: Subject
  /** True of an estimator of src/learning, whose traits are known. */
  readonly isKnown: boolean
}

/** Nothing that scikit-learn does not promise of every estimator is asked of one that is not known. */
const UNKNOWN_TRAITS: Partial<Traits> = {
  rowOrder: 'none',
  columnOrder: 'none',
  weightScale: 'none',
  equalWeights: 'none',
  repeatedRows: 'none',
  zeroWeights: 'none',
  threadRows: 300,
}
/** These give an estimator weights, which it may refuse, or rows for minutes. */
const ONLY_OF_KNOWN = [
  'fit and predict leave their input alone',
  'a long fit ends soon after another thread asks it to',
]

export function estimatorSubject(model: Model): EstimatorSubject {
  const defaults = model.get_default_parameters()
  const { estimator } = model.create_pipeline(defaults)
  const { constructor: Made } = estimator instanceof TransformedTargetRegressor ? estimator.regressor : estimator
  const declared = (Made as { parameters?: Parameters }).parameters ?? {}
  const name = Object.entries(estimators).find(([, Known]) => estimator.constructor === Known)?.[0]
  const known = name === undefined ? { traits: UNKNOWN_TRAITS } : knownTraits[name]
  /** What the class lets its callers set. */
  const own = <T>(given: { readonly [name: string]: T }): { readonly [name: string]: T } =>
    Object.fromEntries(Object.entries(given).filter(([key]) => Object.hasOwn(defaults, key)))
  const subject: Subject = {
    ...known,
    name: Made.name,
    // Unknown names are refused at the door of the service; what remains is asked of the class.
    make: (given: Given = {}) => model.create_pipeline({ ...defaults, ...given }).estimator,
    parameters: own(declared),
    given: own(known?.given ?? {}),
    aids,
  }
  return { subject, isKnown: name !== undefined }
}

/** Whether a check is for such an estimator. */
export function isFor({ isKnown, subject }: EstimatorSubject, check: Check): boolean {
  const hasParameters = Object.keys(subject.parameters).length > 0
  if (!hasParameters && parameterChecks.includes(check)) return false
  return isKnown || !ONLY_OF_KNOWN.includes(check.name)
}
