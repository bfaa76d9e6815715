// The room that speaks the Open Inference Protocol.
import type { ServedProjects } from '../deployments/serving/served-projects.ts'
import type { Foundation } from '../foundation.ts'
import type { PredictionApi } from '../prediction/open-prediction.ts'
import type { Opened } from '../room.ts'
import type { BodyReceiver } from '../rows/body-receiver.ts'
import { ModelVersions } from './model-versions.ts'
import { inferenceRoutes } from './routes.ts'

interface InferenceNeeds {
  readonly bodies: BodyReceiver
  readonly prediction: PredictionApi
  readonly projects: ServedProjects
}

export async function openInferenceProtocol(
  { pool, health, version }: Foundation,
  { bodies, prediction, projects }: InferenceNeeds,
): Promise<Opened<undefined>> {
  const versions = new ModelVersions(pool)
  const routes = inferenceRoutes({ ...prediction, versions, projects, bodies, health, version })
  return { room: { name: 'inference-protocol', routes }, api: undefined }
}
