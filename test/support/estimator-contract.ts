// The contract suite as subtests of tap.
import type { Test } from 'tap'
import { aids } from '../../src/cli/contract-aids.ts'
import { contractChecks, runCheck } from '../../src/learning/contract/check-estimator.ts'
import type { Subject } from '../../src/learning/contract/subject.ts'

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
