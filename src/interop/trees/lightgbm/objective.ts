// What LightGBM's objective makes of the sums of trees: ConvertOutput of src/objective/, by the line `objective=`.
import type { Link } from '../../../learning/imported-trees/imported-scores.ts'
import { type ModelFileFaults, modelFileFault } from '../../model-file-error.ts'

export interface Objective {
  readonly kind: 'classifier' | 'regressor'
  readonly link: Link
  /** What the sigmoid multiplies its argument by. */
  readonly slope: number
  /** Whether its outputs are the classes of one label. */
  readonly hasClassOutputs: boolean
}

const IDENTITY = ['regression', 'regression_l1', 'huber', 'fair', 'quantile', 'mape']
const SCORES = ['lambdarank', 'rank_xendcg', 'none', 'null', 'custom', 'na']
const LOGARITHMS = ['poisson', 'gamma', 'tweedie']

/** Throws ModelFileError for an objective that we do not know. */
export function objectiveOf(line: string | undefined, faults: ModelFileFaults): Objective {
  const [name = 'none', ...options] = (line ?? 'none').split(' ').filter((word) => word !== '')
  const number = { kind: 'regressor', slope: 1, hasClassOutputs: false } as const
  if (IDENTITY.includes(name)) {
    return { ...number, link: options.includes('sqrt') ? 'signed_square' : 'identity' }
  }
  if (SCORES.includes(name)) return { ...number, link: 'identity' }
  if (LOGARITHMS.includes(name)) return { ...number, link: 'exp' }
  if (name === 'cross_entropy') return { ...number, link: 'sigmoid' }
  if (name === 'cross_entropy_lambda') return { ...number, link: 'log1p_exp' }
  const classes = { kind: 'classifier', slope: slopeOf(options, faults) } as const
  if (name === 'binary') return { ...classes, link: 'sigmoid', hasClassOutputs: false }
  if (name === 'multiclass') return { ...classes, link: 'softmax', hasClassOutputs: true }
  if (name === 'multiclassova') return { ...classes, link: 'sigmoid_each', hasClassOutputs: true }
  throw modelFileFault('objective', `the objective ${JSON.stringify(name)} is not supported`)
}

function slopeOf(options: readonly string[], faults: ModelFileFaults): number {
  const given = options.find((option) => option.startsWith('sigmoid:'))
  if (given === undefined) return 1
  const slope = Number(given.slice('sigmoid:'.length))
  if (Number.isFinite(slope) && slope > 0) return slope
  faults.add('objective', `expected a sigmoid above 0, got ${given}`)
  return 1
}
