// What the contract suite of estimators borrows from Node and from the format of the artifacts.
import { createContext, runInContext } from 'node:vm'
import { Packr } from 'msgpackr'
import type { EstimatorState } from '../learning/estimator.ts'
import type { Aids } from './subject.ts'

const context = createContext({})

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
