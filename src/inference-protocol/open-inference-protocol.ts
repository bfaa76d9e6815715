// The room that speaks the Open Inference Protocol.
import type { Foundation } from '../foundation.ts'
import type { PredictionApi } from '../prediction/open-prediction.ts'
import type { Opened } from '../room.ts'
import type { BodyReceiver } from '../rows/body-receiver.ts'
import type { VersionNames } from './model-versions.ts'
import { inferenceRoutes } from './routes.ts'

interface InferenceNeeds {
  readonly bodies: BodyReceiver
  readonly prediction: PredictionApi
  /** What the names of the protocol stand for. */
  readonly versions: VersionNames
}

export async function openInferenceProtocol(
  { health, version }: Pick<Foundation, 'health' | 'version'>,
  { bodies, prediction, versions }: InferenceNeeds,
): Promise<Opened<undefined>> {
  const routes = inferenceRoutes({ ...prediction, versions, bodies, health, version })
  return { room: { name: 'inference-protocol', routes }, api: undefined }
}
