// The room that predicts with the pipelines of runs.
import type { Foundation } from '../foundation.ts'
import type { ModelRegistry } from '../registry/model-registry.ts'
import type { Opened } from '../room.ts'
import { PredictionMetrics } from './prediction-metrics.ts'
import { Predictor, type PredictorOptions } from './predictor.ts'
import { predictionRoutes, type TellOfPrediction } from './routes.ts'

export interface PredictionApi {
  readonly predictor: Predictor
  /** Hears of each prediction; absent where nobody wants to know. */
  readonly tell: TellOfPrediction | undefined
}

const MIB = 2 ** 20

type PredictionBase = Pick<Foundation, 'config' | 'budget' | 'telemetry' | 'log'>

interface PredictionNeeds extends Pick<PredictorOptions, 'results' | 'signatures'> {
  readonly registry: Pick<ModelRegistry, 'discovery' | 'find'>
  /** The run that predicts where none is named; undefined where one must be named. */
  readonly onlyRun?: number
}

export async function openPrediction(
  base: PredictionBase,
  { results, registry, signatures, onlyRun }: PredictionNeeds,
): Promise<Opened<PredictionApi>> {
  const { config, budget, telemetry, log } = base
  const modelNames = registry.discovery.models.map(({ model }) => model.name)
  const predictor = new Predictor({
    results,
    registry,
    signatures,
    cacheBytesMax: config.PREDICT_CACHE_MB * MIB,
    budget,
    timeoutMs: config.PREDICT_TIMEOUT_SECONDS * 1000,
    observer: new PredictionMetrics(telemetry, modelNames),
    log,
  })
  const figures = () => predictor.cacheFigures
  telemetry.gaugeOf('ml_worker_pipeline_cache_pipelines', 'Pipelines in memory', () => figures().runs)
  telemetry.gaugeOf('ml_worker_pipeline_cache_bytes', 'What they hold, in bytes', () => figures().bytes)
  const tell = await tellerOf(base)
  const room = {
    name: 'prediction',
    routes: predictionRoutes(predictor, tell, onlyRun),
    close: () => predictor.close(),
  }
  return { room, api: { predictor, tell } }
}

/** To the log where it is that fine, and to traces where there are any. */
async function tellerOf({ telemetry: { tracing }, log }: PredictionBase): Promise<TellOfPrediction | undefined> {
  const isDebug = log.isLevelEnabled('debug')
  if (!isDebug && tracing === undefined) return undefined
  const sendSpan = tracing === undefined ? undefined : (await import('./prediction-span.ts')).sendPredictionSpan
  return (request, story) => {
    const { runId, modelName: model, place, rowCount: rows, seconds } = story
    request.log.debug({ runId, model, place, rows, ms: Math.round(seconds * 1e6) / 1000 }, 'predicted')
    if (tracing !== undefined) sendSpan?.(tracing.tracer, request.opentelemetry().span, story)
  }
}
