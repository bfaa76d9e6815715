// The contract suite as subtests of tap.
import type { Test } from 'tap'
import { contractChecks, runCheck } from '../../src/estimator-checks/check-estimator.ts'
import { aids } from '../../src/estimator-checks/contract-aids.ts'
import type { Subject } from '../../src/estimator-checks/subject.ts'

/** One subtest per check. */
export async function testContract(t: Test, subject: Subject): Promise<void> {
  await t.test(subject.name, async (t) => {
    for (const check of contractChecks) {
      const { error, remark } = await runCheck(check, { ...subject, aids: { ...aids, ...subject.aids } })
      if (error) t.fail(`${check.name}: ${error.message}`, { error: error.message, cause: error.cause })
      else t.pass(remark === undefined ? check.name : `${check.name} (${remark})`)
    }
  })
}
