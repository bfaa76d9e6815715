// The contract that every estimator keeps, in the manner of scikit-learn's check_estimator.
import { edgeChecks } from './edge-checks.ts'
import { orderChecks } from './order-checks.ts'
import { parameterChecks } from './parameter-checks.ts'
import { predictionChecks } from './prediction-checks.ts'
import { repeatChecks } from './repeat-checks.ts'
import { sparseChecks } from './sparse-checks.ts'
import { stateChecks } from './state-checks.ts'
import { stopChecks } from './stop-checks.ts'
import { type Check, ContractError, type Subject } from './subject.ts'

/** How one check ended: with an error, or well, perhaps with a remark. */
export interface Finding {
  readonly check: string
  readonly error?: ContractError
  readonly remark?: string
}

/** Every check, in the order from simple to searching. */
export const contractChecks: readonly Check[] = [
  ...parameterChecks,
  ...predictionChecks,
  ...repeatChecks,
  ...orderChecks,
  ...sparseChecks,
  ...edgeChecks,
  ...stateChecks,
  ...stopChecks,
]

/** Runs every check on a subject, one after the other; none throws. Some 10 seconds for a slow method. */
export async function checkEstimator(subject: Subject): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const check of contractChecks) findings.push(await runCheck(check, subject))
  return findings
}

export async function runCheck(check: Check, subject: Subject): Promise<Finding> {
  try {
    const remark = await check.run(subject)
    return { check: check.name, ...(remark !== undefined && { remark }) }
  } catch (thrown) {
    const error = thrown instanceof ContractError ? thrown : new ContractError(`it throws ${thrown}`, { cause: thrown })
    return { check: check.name, error }
  }
}
