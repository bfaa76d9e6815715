// The contract suite as subtests of tap.
import { createContext, runInContext } from 'node:vm'
import { Packr } from 'msgpackr'
import type { Test } from 'tap'
import { contractChecks, runCheck } from '../../src/learning/contract/check-estimator.ts'
import type { Aids, Subject } from '../../src/learning/contract/subject.ts'
import type { EstimatorState } from '../../src/learning/estimator.ts'

const context = createContext({})

/** What the suite borrows from Node and from the format of the artifacts. */
export const aids: Aids = {
  // The time-out of a script in another context ends endless loops in this thread as well.
  within: (limitMs, work) => {
    context['work'] = work
    return runInContext('work()', context, { timeout: limitMs })
  },
  roundTrip: (state) => {
    const packr = new Packr({ moreTypes: true, structuredClone: false })
    return packr.unpack(packr.pack(state)) as EstimatorState
  },
}

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
