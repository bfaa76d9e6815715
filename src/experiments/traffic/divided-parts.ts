// What a request of an experiment needs of it.
import type { ShadowQueue } from '../../deployments/serving/shadow-queue.ts'
import type { SplitArm } from '../../deployments/serving/traffic.ts'
import type { Experiment, Phase } from '../experiment.ts'
import type { ExperimentLog } from './experiment-log.ts'
import type { KnownUnits } from './known-units.ts'

export interface DividedParts {
  readonly experiment: Experiment
  readonly phase: Phase
  /** In the order of the plan. */
  readonly arms: readonly [SplitArm, ...SplitArm[]]
  readonly log: Pick<ExperimentLog, 'expose' | 'fail' | 'slow' | 'add'>
  readonly units: KnownUnits
  readonly shadows: Pick<ShadowQueue, 'add' | 'leftOut'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Nobody is enrolled from then on, as far as is known; of `now`. */
  readonly until: () => number
}
