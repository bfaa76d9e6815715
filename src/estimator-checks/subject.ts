// What the contract suite is told about an estimator, and what one check of it is.
import type { Estimator, EstimatorState } from '../learning/estimator.ts'
import type { Parameters } from '../learning/parameters.ts'

export type Given = { readonly [name: string]: unknown }

/**
 * How far two fits must agree that differ in something that should not matter.
 * exact: byte for byte. close: within 1e-6, relative and absolute. none: they may differ, as in scikit-learn.
 */
export type Agreement = 'exact' | 'close' | 'none'
/** An agreement that holds under certain parameters, which are given on top of the subject's. */
export type AgreementUnder = Agreement | { readonly agreement: Agreement; readonly given: Given }

export interface Traits {
  /** Columns of numbers (the default; some become categories when the abilities say so), or of categories only. */
  readonly takes: 'numbers' | 'categories'
  /** Rows in another order give the same predictions. Default close. */
  readonly rowOrder: AgreementUnder
  /** Columns in another order give the same predictions, and importances in that order. Default close. */
  readonly columnOrder: AgreementUnder
  /** All weights times a constant give the same predictions. Default close. */
  readonly weightScale: AgreementUnder
  /** Weights of 1 for all rows change nothing. Default close. */
  readonly equalWeights: AgreementUnder
  /** A weight of k counts as k equal rows. Default close. */
  readonly repeatedRows: AgreementUnder
  /** A weight of 0 counts as no row. Default close. */
  readonly zeroWeights: AgreementUnder
  /** Sparse columns give the predictions of the same dense ones, where the estimator takes such. Default close. */
  readonly sparseColumns: AgreementUnder
  /** Parameters with which a fit of many rows lasts long enough to be stopped in its middle. Default none. */
  readonly slow: Given
  /** Rows with which threads pay, so that the check of equal bytes meets them. Default 3,000. */
  readonly threadRows: number
}

/** What a run of the suite may lend to the checks, beyond what src/learning can have by itself. */
export interface Aids {
  /** Runs work, and throws when it has not returned after the limit. Default: waits for ever. */
  within<T>(limitMs: number, work: () => T): T
  /** Writes a state as the artifacts do, and reads it again. Default: a copy. */
  roundTrip(state: EstimatorState): EstimatorState
}

export interface Subject {
  readonly name: string
  /** A new, unfitted estimator. Throws ParameterError. */
  make(given?: Given): Estimator
  /** What the estimator declares as its parameters. */
  readonly parameters: Parameters
  /** Parameters that make fits quick, such as few trees. Default none. */
  readonly given?: Given
  readonly traits?: Partial<Traits>
  readonly aids?: Partial<Aids>
}

/** One rule. run throws ContractError when the subject breaks it; what it returns is a remark, such as a figure. */
export interface Check {
  readonly name: string
  run(subject: Subject): Promise<string | undefined>
}

export class ContractError extends Error {
  override readonly name = 'ContractError'
}

export function claim(holds: boolean, message: string | (() => string)): asserts holds {
  if (!holds) throw new ContractError(typeof message === 'string' ? message : message())
}

/** A new estimator with the subject's quick parameters, and more. */
export function makeQuick(subject: Subject, more: Given = {}): Estimator {
  return subject.make({ ...subject.given, ...more })
}

/** The agreement that a trait asks for, and the parameters under which it does. */
export function agreementOf(trait: AgreementUnder = 'close'): { agreement: Agreement; given: Given } {
  return typeof trait === 'string' ? { agreement: trait, given: {} } : trait
}
