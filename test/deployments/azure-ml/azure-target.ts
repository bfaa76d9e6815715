// The target on a fake Azure, and what moves it on as the reconciler does.
import type { Test } from 'tap'
import { AzureError } from '../../../src/deployments/targets/azure-ml/azure-error.ts'
import type { AzureMlSettings } from '../../../src/deployments/targets/azure-ml/azure-ml-config.ts'
import { AzureMlTarget } from '../../../src/deployments/targets/azure-ml/azure-ml-target.ts'
import type { DeploymentPlan, Observed } from '../../../src/deployments/targets/target.ts'
import { FakeAzure } from './fake-azure.ts'

const STEPS_MAX = 60
const NEVER = new AbortController().signal

export const PLAN: DeploymentPlan = {
  deploymentId: 41,
  projectId: 7,
  projectName: 'house-prices_2.1',
  environment: 'production',
  version: 3,
  runId: 120,
  modelName: 'Lasso',
  artifactSha256: 'ab'.repeat(32),
  settings: { instance_type: 'Standard_F2s_v2', request_timeout_seconds: 60, concurrent_requests: 100 },
  instances: 1,
}

/** What a call of the target throws may pass: then it is called again. */
const THROWN: Observed = { state: 'in_progress', message: 'thrown' }

export class Azure {
  readonly fake: FakeAzure
  readonly settings: AzureMlSettings
  /** How often a bundle was asked for. */
  bundles = 0
  target: AzureMlTarget

  private constructor(fake: FakeAzure, settings: AzureMlSettings) {
    this.fake = fake
    this.settings = settings
    this.target = this.fresh()
  }

  /** A request or an answer that is not as the OpenAPI document says fails the test. */
  static async start(t: Test, changed: Partial<AzureMlSettings> = {}): Promise<Azure> {
    const fake = await FakeAzure.start(t)
    t.teardown(() => {
      if (fake.faults.length > 0) throw new Error(fake.faults.join('; '))
    })
    return new Azure(fake, { ...fake.settings, ...changed })
  }

  /** Another worker, or this one after a kill. */
  fresh(): AzureMlTarget {
    const stored = async ({ projectId, version }: { projectId: number; version: number }) => {
      this.bundles += 1
      return { key: `bundles/${projectId}/${version}.mlwb` }
    }
    const parts = {
      bundles: { stored },
      storageDriver: 'azure',
      clock: () => this.fake.now,
      metadataUrl: this.fake.url,
    }
    this.target = new AzureMlTarget(this.settings, parts)
    return this.target
  }

  /** Another worker at the same time. */
  beside(): Azure {
    return new Azure(this.fake, this.settings)
  }

  prepare(plan = PLAN): Promise<Observed> {
    return this.target.prepare(plan, NEVER)
  }

  activate(plan = PLAN): Promise<Observed> {
    return this.target.activate(plan, NEVER)
  }

  observe(plan = PLAN): Promise<Observed> {
    return this.target.observe(plan, NEVER)
  }

  remove(plan = PLAN): Promise<boolean> {
    return this.target.remove(plan, NEVER)
  }

  predict(request: { body: Buffer; accept?: string; query?: string }, plan = PLAN) {
    const { body, accept, query = '' } = request
    return this.target.predict(plan, { body, contentType: 'application/json', accept, query }, NEVER)
  }

  /** Steps until something else than in_progress, 10 s apart. */
  async driven(step: () => Promise<Observed>): Promise<Observed> {
    for (let count = 0; count < STEPS_MAX; count++) {
      const observed = await passing(step, THROWN)
      if (observed.state !== 'in_progress') return observed
      this.fake.now += 10_000
    }
    throw new Error('the steps lead nowhere')
  }

  /** Steps until it is active. */
  async deployed(plan = PLAN): Promise<Observed> {
    const prepared = await this.driven(() => this.prepare(plan))
    return prepared.state === 'ready' ? this.driven(() => this.activate(plan)) : prepared
  }

  async removed(plan = PLAN, between: () => void = () => {}): Promise<void> {
    for (let count = 0; count < STEPS_MAX; count++) {
      if (await passing(() => this.remove(plan), false)) return
      this.fake.now += 10_000
      between()
    }
    throw new Error('it is never removed')
  }

  /** Names of the deployments by their endpoints. */
  get standing(): Record<string, string[]> {
    const all = [...this.fake.workspace.endpoints].map(([name, { deployments }]) => [name, [...deployments.keys()]])
    return Object.fromEntries(all)
  }

  traffic(endpoint: string): unknown {
    return this.fake.workspace.endpoints.get(endpoint)?.resource.properties['traffic']
  }

  /** Requests of resources since the last call, without those that only look. */
  changes(): string[] {
    const all = this.fake.requests.splice(0)
    return all
      .filter((line) => !/^GET |login|metadata|score/.test(line))
      .map((line) => line.replace(/ .*workspaces\/ml/, ' '))
  }
}

async function passing<T>(step: () => Promise<T>, whenThrown: T): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof AzureError && error.mayPass) return whenThrown
    throw error
  }
}
