// The target that every worker is itself: a version answers where its pipeline can be loaded and predicts.
import { ERROR_CATALOGUE, ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import { requireResult } from '../../model-runs/require-result.ts'
import type { StoredResults } from '../../model-runs/stored-results.ts'
import type { Predictor } from '../../prediction/predictor.ts'
import type { DeploymentPlan, DeploymentTarget, Observed } from './target.ts'

/** What is said of a row by a pipeline that works. */
const ANSWERS: ReadonlySet<string> = new Set(['REQUEST_INVALID', 'TENSORS_EXPECTED'])
const READY: Observed = { state: 'ready', endpoint: null, instances: 1 }

export class LocalTarget implements DeploymentTarget {
  readonly name = 'local'
  readonly missing = undefined
  private readonly predictor: Pick<Predictor, 'load' | 'describe' | 'predict'>
  private readonly results: Pick<StoredResults, 'find'>

  constructor(predictor: LocalTarget['predictor'], results: LocalTarget['results']) {
    this.predictor = predictor
    this.results = results
  }

  check(settings: Readonly<Record<string, unknown>>, faults: FaultList): Readonly<Record<string, unknown>> {
    for (const name of Object.keys(settings)) {
      faults.add({ in: 'body', parameter: `settings.${name}`, detail: 'the target local has no settings' })
    }
    return {}
  }

  /** Loads the pipeline, and has it predict a row of its columns. */
  prepare({ modelName, runId }: DeploymentPlan): Promise<Observed> {
    return observed(async () => {
      await this.predictor.load(modelName, runId)
      const { inputs } = await this.predictor.describe(modelName, runId)
      const row = Object.fromEntries(inputs.map(({ name, datatype }) => [name, datatype === 'FP64' ? 0 : null]))
      await this.predictRow(runId, row)
    })
  }

  async activate(): Promise<Observed> {
    return READY
  }

  /** Loads nothing: a look at many deployments must not push out of the cache what predicts. */
  observe({ runId }: DeploymentPlan): Promise<Observed> {
    return observed(async () => requireResult(runId, await this.results.find(runId)))
  }

  /** Nothing is kept for a deployment: its pipeline leaves the cache when others need the room. */
  async remove(): Promise<boolean> {
    return true
  }

  private async predictRow(runId: number, row: Readonly<Record<string, unknown>>): Promise<void> {
    const body = Buffer.from(JSON.stringify({ features: [row] }))
    const request = { runId, body, form: 'json', answerForm: 'json', withProbabilities: false } as const
    try {
      await this.predictor.predict({ ...request, extraColumns: 'refuse' }, new FaultList())
    } catch (error) {
      // The pipeline reads rows, and says what is wrong with this one; or it takes tensors, and golden ones have passed it.
      if (!(error instanceof ServiceError && ANSWERS.has(error.code))) throw error
    }
  }
}

/** Ready, or failed where a ServiceError says what will not pass by itself; throws what may pass. */
async function observed(work: () => Promise<void>): Promise<Observed> {
  try {
    await work()
    return READY
  } catch (error) {
    if (!(error instanceof ServiceError) || mayPass(error)) throw error
    return { state: 'failed', reason: `${error.code}: ${error.message}` }
  }
}

function mayPass({ code }: ServiceError): boolean {
  const { status } = ERROR_CATALOGUE[code]
  return status >= 500 && code !== 'NOT_SET_UP'
}
