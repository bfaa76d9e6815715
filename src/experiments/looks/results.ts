// Results of experiments as routes ask for them: what looks have found, never counted for the answer.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { ServiceError } from '../../errors.ts'
import type { Experiments } from '../experiments.ts'
import { type ExperimentStory, nameOf } from '../found-experiment.ts'
import type { Look } from './look.ts'
import { findLook, findNewestLook, listLooks, sampleLooks } from './looks-table.ts'

export interface ResultsParts {
  readonly ownSchema: OwnSchema
  readonly experiments: Pick<Experiments, 'find'>
}

export interface FoundLook {
  readonly story: ExperimentStory
  readonly look: Look
}

const WHY = {
  draft: 'it has not been started',
  running: 'the first look follows within a minute',
  concluded: 'it ended before the first look; where it was stopped, the last one follows within seconds',
} as const

export class Results {
  private readonly parts: ResultsParts

  constructor(parts: ResultsParts) {
    this.parts = parts
  }

  /**
   * The look that is asked for; without it the one that decided, else the newest. Throws ServiceError PROJECT_UNKNOWN,
   * EXPERIMENT_UNKNOWN, LOOK_UNKNOWN, and EXPERIMENT_STATE before the first look.
   */
  async find(project: string, experimentId: number, lookId?: number): Promise<FoundLook> {
    const { ownSchema, experiments } = this.parts
    const story = await experiments.find(project, experimentId)
    const { experiment } = story
    const wanted = lookId ?? experiment.decidingLook ?? undefined
    const look =
      wanted === undefined
        ? await findNewestLook(ownSchema.pool, experimentId)
        : await findLook(ownSchema.pool, experimentId, wanted)
    if (look !== undefined) return { story, look }
    if (lookId !== undefined) throw new ServiceError('LOOK_UNKNOWN', `${nameOf(experiment)} has no look ${lookId}`)
    throw new ServiceError('EXPERIMENT_STATE', `${nameOf(experiment)} has no results: ${WHY[experiment.state]}`)
  }

  /** The newest first. Throws ServiceError PROJECT_UNKNOWN, EXPERIMENT_UNKNOWN. */
  async looks(
    project: string,
    experimentId: number,
    limit: number,
    before?: number,
  ): Promise<{ readonly story: ExperimentStory; readonly looks: Look[] }> {
    const story = await this.parts.experiments.find(project, experimentId)
    return { story, looks: await listLooks(this.parts.ownSchema.pool, experimentId, limit, before) }
  }

  /** So many looks from the first to this one, the oldest first. */
  async history({ look: { experimentId, lookId } }: FoundLook, limit: number): Promise<Look[]> {
    const looks = await sampleLooks(this.parts.ownSchema.pool, experimentId, limit)
    return looks.filter((look) => look.lookId <= lookId)
  }
}
