// The parameters of an automatic choice.
import { ParameterError } from '../../learning/errors.ts'
import {
  choice,
  integer,
  none,
  type ParameterValues,
  parameter,
  randomState,
  readParameters,
  real,
} from '../../learning/parameters.ts'
import { scoringsOf } from '../scoring.ts'

export const MEMBERS_MAX = 10

function parametersOf(kind: 'classifier' | 'regressor', scoring: string) {
  return {
    /** For the search and the fit of what it finds; null for no clock, where trials_max is given. */
    time_budget_seconds: parameter<number | null>(30, real({ min: 1, max: 3600 }), none),
    /** Candidates that are tried at the most; null for as many as the time allows, 0 for a quick one without a search. */
    trials_max: parameter<number | null>(null, integer({ min: 0, max: 1000 }), none),
    /** The metric, of rows that were held out, that the choice goes by. */
    scoring: parameter<string>(scoring, choice(...scoringsOf(kind))),
    /** Fitted candidates whose predictions are averaged, at the most; 1 takes the best alone. */
    members_max: parameter(5, integer({ min: 1, max: MEMBERS_MAX })),
    random_state: randomState,
  }
}

export const autoParameters = {
  classifier: parametersOf('classifier', 'log_loss'),
  regressor: parametersOf('regressor', 'r2'),
} as const
export type AutoParameters = ParameterValues<ReturnType<typeof parametersOf>>

/** Throws ParameterError. */
export function readAutoParameters(
  kind: keyof typeof autoParameters,
  given: { readonly [name: string]: unknown },
): AutoParameters {
  const values = readParameters(autoParameters[kind], given)
  if (values.time_budget_seconds === null && values.trials_max === null) {
    const message = 'expected a number where time_budget_seconds is null: one of them must end the search'
    throw new ParameterError([{ parameter: 'trials_max', message }])
  }
  return values
}
