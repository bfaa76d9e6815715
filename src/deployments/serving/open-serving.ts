// What the room of deployments has for predictions: what is active, kept in memory, and how it answers.
import type { Foundation } from '../../foundation.ts'
import type { PredictionApi } from '../../prediction/open-prediction.ts'
import type { Projects } from '../../projects/projects.ts'
import type { ModelRegistry } from '../../registry/model-registry.ts'
import type { Retention } from '../../retention/retention.ts'
import type { Room } from '../../room.ts'
import type { Deployments } from '../deployments.ts'
import type { Targets } from '../targets/targets.ts'
import { ActiveDeployments } from './active-deployments.ts'
import { CountedDeployments } from './deployment-counts.ts'
import { figuresRoutes } from './figures/routes.ts'
import { saveMinutes } from './metrics-table.ts'
import { ElsewherePredictions } from './predict-elsewhere.ts'
import { keptFigures } from './retention.ts'
import { servingRoutes } from './routes.ts'
import { ServedProjects } from './served-projects.ts'
import { ShadowQueue } from './shadow-queue.ts'
import { WatchElsewhere } from './watch-elsewhere.ts'
import { AnswerFigures } from './window-figures.ts'

/** How often figures are written. */
const SAVE_MS = 10_000

export interface ServingNeeds {
  readonly projects: Projects
  readonly registry: ModelRegistry
  readonly prediction: PredictionApi
  readonly targets: Targets
  readonly deployments: Deployments
  readonly retention: Retention
}

/** A part of a room, with what a room has. */
export interface Serving extends Required<Pick<Room, 'routes' | 'recover' | 'close'>> {
  readonly active: ActiveDeployments
  readonly projects: ServedProjects
  readonly figures: AnswerFigures
}

export async function openServing(
  { config, ownSchema, log }: Foundation,
  { projects, registry, prediction: { predictor, tell }, targets, deployments, retention }: ServingNeeds,
): Promise<Serving> {
  const { pool } = ownSchema
  const counted = new CountedDeployments({ save: (process, minutes) => saveMinutes(pool, process, minutes), log })
  const active = new ActiveDeployments({ ownSchema, projects, predictor, counted, log })
  const figures = new AnswerFigures({ ownSchema, counted })
  const elsewhere = new ElsewherePredictions({ targets, timeoutMs: config.PREDICT_TIMEOUT_SECONDS * 1000 })
  const shadows = new ShadowQueue(() => {})
  const watchElsewhere = new WatchElsewhere({ predictor, queue: shadows })
  retention.register(keptFigures(pool, () => ownSchema.isUsable()))
  const save = (): Promise<void> =>
    figures.save((error) => log.warn({ err: error }, 'figures of deployments could not be written; they are kept'))
  let timer: NodeJS.Timeout | undefined
  return {
    active,
    projects: new ServedProjects({ registry, projects, active }),
    figures,
    async routes(app) {
      await app.register(servingRoutes({ active, predictor, elsewhere, watchElsewhere, tell }))
      await app.register(figuresRoutes({ active, deployments, figures }))
    },
    async recover() {
      await active.refresh()
      active.start()
      timer = setInterval(save, SAVE_MS)
      timer.unref()
    },
    async close() {
      clearInterval(timer)
      await shadows.close()
      await active.close()
      await save()
    },
  }
}
