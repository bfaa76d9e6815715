import type { FitContext } from '../../src/learning/estimator.ts'
import { choice, parameter, readParameters } from '../../src/learning/parameters.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { ModelParameters } from '../../src/model/model.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

/** What a model class may do to the process that trains it. */
const deeds = {
  nothing: () => {},
  throws: () => {
    throw new Error(`the fit went wrong ${'é'.repeat(300)}`)
  },
  throws_a_string: () => {
    throw 'no more than a string'
  },
  throws_undefined: () => {
    throw undefined
  },
  exits: () => process.exit(7),
  rejects_unawaited: async () => {
    void Promise.reject(new Error('nobody waited for this'))
    await new Promise((resolve) => setTimeout(resolve, 60_000))
  },
  loops_for_ever: () => {
    for (;;) Math.random()
  },
  allocates_without_end: () => {
    const held: Uint8Array[] = []
    for (;;) {
      held.push(new Uint8Array(4 * 2 ** 20).fill(1))
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  },
  fills_the_heap: () => {
    const held: object[] = []
    for (;;) held.push({ number: held.length })
  },
  prints: () => {
    console.log('printed by the model')
    console.error('complained by the model')
  },
  warns: (context: FitContext) => {
    context.warn({ code: 'NOT_CONVERGED', message: 'it was not tried', column: 0 })
    context.warn({ code: 'LEVELS_POOLED', message: 'none were pooled' })
  },
} as const

type Deed = keyof typeof deeds
const parameters = { deed: parameter<Deed>('nothing', choice(...(Object.keys(deeds) as Deed[]))) }

class MisbehavingEstimator extends MajorityClassifier {
  private readonly deed: Deed

  constructor(given: ModelParameters = {}) {
    super()
    this.deed = readParameters(parameters, given).deed
  }

  override async fit(...given: Parameters<MajorityClassifier['fit']>) {
    await deeds[this.deed](given[2])
    return super.fit(...given)
  }
}

/** Does in fit what its parameter says. */
export default class Misbehaving extends BaseModel {
  readonly name = 'misbehaving'
  readonly estimator = MisbehavingEstimator

  override get_default_parameters(): ModelParameters {
    return { deed: 'nothing' }
  }
}
