// Which arm a key belongs to now, as a caller asks for it; nobody is exposed by asking.
import { answeringArm, armAt, bucketOf, rangesOf } from './assign.ts'
import type { Phase } from './experiment.ts'
import type { ExperimentStory } from './found-experiment.ts'

export interface Assignment {
  readonly phase: number
  /** In [0, 1). */
  readonly bucket: number
  /** The place of the arm; undefined of a key that is not enrolled. */
  readonly place: number | undefined
  /** Whether requests take part now. */
  readonly isAssigning: boolean
}

/** By the last phase: of a draft as it would be, of one that is concluded as it was. now: in ms since 1970. */
export function assignmentOf({ experiment, phases }: ExperimentStory, key: string, now: number): Assignment {
  const { phase, seed, shares } = phases.at(-1) as Phase
  const { state, isPaused, assignsUntil } = experiment
  const isAssigning = state === 'running' && !isPaused && assignsUntil !== null && now < assignsUntil.getTime()
  const bucket = bucketOf(seed, key)
  const drawn = armAt(rangesOf(shares), bucket)
  return { phase, bucket, place: drawn === undefined ? undefined : answeringArm(experiment.plan, drawn), isAssigning }
}
