// What an estimator must say to parameters: yes to its defaults, and no to every fault at once.
import { ParameterError } from '../learning/errors.ts'
import { defaultsOf } from '../learning/parameters.ts'
import { type Check, ContractError, claim, type Given, type Subject } from './subject.ts'

const UNKNOWN = 'no_such_parameter'
const DOUBTFUL: readonly unknown[] = [
  'no such value',
  -1e12,
  Number.NaN,
  Infinity,
  0.123,
  [{}],
  { a: {} },
  17,
  true,
  null,
]

export const parameterChecks: readonly Check[] = [
  {
    name: 'the defaults pass',
    async run(subject) {
      for (const [name, { default: value, accepts }] of Object.entries(subject.parameters)) {
        claim(accepts(value), `${name} does not accept its own default ${JSON.stringify(value)}`)
      }
      subject.make()
      subject.make(defaultsOf(subject.parameters))
      return undefined
    },
  },
  {
    name: 'an unknown parameter is refused by name',
    async run(subject) {
      claimFaults(subject, { [UNKNOWN]: 1 }, [UNKNOWN])
      claimFaults(subject, { toString: 1 }, ['toString'])
      return undefined
    },
  },
  {
    name: 'a parameter out of range is refused by name, every one',
    async run(subject) {
      const wrong = Object.entries(wrongValues(subject))
      for (const [name, value] of wrong) claimFaults(subject, { [name]: value }, [name])
      return `${wrong.length} of ${Object.keys(subject.parameters).length} parameters`
    },
  },
  {
    name: 'all faults are named at once',
    async run(subject) {
      const given = { ...wrongValues(subject), [UNKNOWN]: 1 }
      claimFaults(subject, given, Object.keys(given))
      return undefined
    },
  },
]

/** For each parameter a value that it does not accept, where one is found. */
function wrongValues({ parameters }: Subject): Given {
  const wrong: Record<string, unknown> = {}
  for (const [name, { accepts }] of Object.entries(parameters)) {
    const i = DOUBTFUL.findIndex((value) => !accepts(value))
    if (i >= 0) wrong[name] = DOUBTFUL[i]
  }
  return wrong
}

/** Claims that the parameters are refused, with faults at exactly these names. */
function claimFaults(subject: Subject, given: Given, names: readonly string[]): void {
  const shown = names.map((name) => `${name} ${JSON.stringify(given[name]) ?? String(given[name])}`).join(', ')
  try {
    subject.make(given)
  } catch (error) {
    if (!(error instanceof ParameterError))
      throw new ContractError(`not a ParameterError for ${shown}`, { cause: error })
    const named = [...new Set(error.faults.map((fault) => fault.parameter))].toSorted().join(', ')
    const expected = names.toSorted().join(', ')
    claim(named === expected, `faults at ${named || 'nothing'} where ${expected} are wrong`)
    claim(
      error.faults.every((fault) => fault.message.length > 5),
      'a fault without words',
    )
    return
  }
  throw new ContractError(`accepted: ${shown}`)
}
