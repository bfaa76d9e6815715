// What can be wrong with a request to learn, as types that the service turns into answers.

/** One thing that is wrong with the parameters of an estimator. */
export interface ParameterFault {
  readonly parameter: string
  readonly message: string
}

/** Parameters that no fit could take: every fault at once. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
  readonly faults: readonly ParameterFault[]
  constructor(faults: readonly ParameterFault[]) {
    super(faults.map((fault) => `${fault.parameter}: ${fault.message}`).join('; '))
    this.faults = faults
  }
}

/** Data that this method cannot learn from (one class where two are needed, all values missing, …). */
export class DataError extends Error {
  override readonly name = 'DataError'
}

/** A state that the estimator did not write. */
export class StateError extends Error {
  override readonly name = 'StateError'
}

/** The fit was asked to stop, and did. */
export class FitStopped extends Error {
  override readonly name = 'FitStopped'
  constructor() {
    super('the fit was stopped')
  }
}

/** Predictions that cannot be explained: by this method, or by what was kept of its training. */
export class NotExplainable extends Error {
  override readonly name = 'NotExplainable'
}
