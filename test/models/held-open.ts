import { access } from 'node:fs/promises'
import { type Kind, parameter, readParameters } from '../../src/learning/parameters.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { ModelParameters } from '../../src/model/model.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

const path: Kind<string> = {
  expected: 'a path',
  accepts: (value): value is string => typeof value === 'string',
}
const parameters = { until_exists: parameter('/', path) }

class HeldOpenEstimator extends MajorityClassifier {
  private readonly path: string

  constructor(given: ModelParameters = {}) {
    super()
    this.path = readParameters(parameters, given).until_exists
  }

  override async fit(...given: Parameters<MajorityClassifier['fit']>) {
    const [, , { report }] = given
    for (let looks = 1; !(await exists(this.path)); looks++) {
      report(Math.min(looks, 9_999), 10_000, 'looking for the file')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return super.fit(...given)
  }
}

/** Is in training until a file exists: a test holds the queue with it. */
export default class HeldOpen extends BaseModel {
  readonly name = 'held_open'
  readonly estimator = HeldOpenEstimator

  override get_default_parameters(): ModelParameters {
    return { until_exists: '/' }
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
