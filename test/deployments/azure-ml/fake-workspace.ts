// The state of a workspace of Azure Machine Learning, as its callers see it: changes take a few looks, the traffic of an endpoint is
// shown late, and what Azure refuses is refused. Nothing here knows HTTP.
import { isDeepStrictEqual } from 'node:util'
import { fixedProperties } from './azure-document.ts'

export interface Answer {
  readonly status: number
  readonly body?: object
  /** Of work that goes on. */
  readonly operation?: string
}

interface Resource {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly systemData: object
  location: string
  tags?: Record<string, string>
  identity?: object
  sku?: { name: string; capacity: number }
  properties: Record<string, unknown>
}

export interface FakeDeployment {
  resource: Resource
  /** Looks until the change is done. */
  looksLeft: number
  /** What becomes of it then. */
  end: 'Succeeded' | 'Failed' | 'gone'
  operation: string
}

export interface FakeEndpoint extends FakeDeployment {
  readonly deployments: Map<string, FakeDeployment>
  /** Traffic that is still shown, for so many looks. */
  stale: { traffic: object; looksLeft: number } | undefined
}

export interface Failure {
  /** Where it is told: of the operation, and in the container's log. */
  readonly message: string
  readonly log: string
}

const NAME = /^[a-z][a-z0-9-]{1,30}[a-z0-9]$/
const CHANGING = ['Creating', 'Updating', 'Scaling', 'Deleting']

export class FakeWorkspace {
  readonly location = 'westeurope'
  /** Looks at a resource until a change of it is done. */
  looks = 2
  /** Looks at an endpoint until its new traffic is shown. */
  staleLooks = 2
  /** What becomes of the next deployment that is made or scaled, or of the next endpoint. */
  nextDeployment: Failure | undefined
  nextEndpoint: Failure | undefined
  /** Names of endpoints that others have in the region. */
  readonly taken = new Set<string>()
  readonly endpoints = new Map<string, FakeEndpoint>()
  readonly models = new Map<string, object>()
  readonly environments = new Map<string, object>()
  private readonly root: string
  private readonly scoringUrl: string
  private readonly logs = new Map<string, string>()
  private readonly operations = new Map<string, { status: string; error?: object }>()

  /** root: the id of the workspace. scoringUrl: below it the endpoints answer. */
  constructor(root: string, scoringUrl: string) {
    this.root = root
    this.scoringUrl = scoringUrl
  }

  asset(kind: 'models' | 'environments', name: string, version: string): Answer {
    const found = this[kind].get(`${name}:${version}`)
    return found === undefined
      ? refusal(404, 'ResourceNotFound', `${kind} ${name}:${version}`)
      : { status: 200, body: found }
  }

  putAsset(
    kind: 'models' | 'environments',
    name: string,
    version: string,
    body: { properties: Record<string, unknown> },
  ): Answer {
    const known = this[kind].get(`${name}:${version}`) as { properties: Record<string, unknown> } | undefined
    for (const fixed of ['modelUri', 'image', 'inferenceConfig']) {
      if (known !== undefined && !isDeepStrictEqual(known.properties[fixed], body.properties[fixed])) {
        return refusal(409, 'UserError', `a version is immutable: ${fixed}`)
      }
    }
    const id = `${this.root}/${kind}/${name}/versions/${version}`
    const provisioned = { ...body.properties, isArchived: false, provisioningState: 'Succeeded' }
    const type = `Microsoft.MachineLearningServices/workspaces/${kind}/versions`
    this[kind].set(`${name}:${version}`, { id, name: version, type, systemData: systemData(), properties: provisioned })
    return { status: known === undefined ? 201 : 200, body: this[kind].get(`${name}:${version}`) as object }
  }

  endpoint(name: string): Answer {
    const found = this.endpoints.get(name)
    if (found !== undefined) this.look(found, () => this.endpoints.delete(name))
    if (found === undefined || !this.endpoints.has(name)) return refusal(404, 'ResourceNotFound', `endpoint ${name}`)
    const body = structuredClone(found.resource)
    if (found.stale !== undefined) {
      body.properties['traffic'] = found.stale.traffic
      found.stale.looksLeft -= 1
      if (found.stale.looksLeft <= 0) found.stale = undefined
    }
    return { status: 200, body }
  }

  putEndpoint(name: string, body: Resource): Answer {
    const known = this.endpoints.get(name)
    if (!NAME.test(name)) return refusal(400, 'BadArgument', `the name ${name}`)
    if (known === undefined && this.taken.has(name))
      return refusal(400, 'UserError', `the name ${name} is taken in the region`)
    if (known !== undefined && isBusy(known)) return refusal(409, 'Conflict', `the endpoint ${name} is being changed`)
    const traffic = (body.properties['traffic'] ?? {}) as Record<string, number>
    const sum = Object.values(traffic).reduce((all, percent) => all + percent, 0)
    if (sum !== 0 && sum !== 100) return refusal(400, 'BadArgument', `the traffic sums to ${sum}`)
    for (const deployment of Object.keys(traffic)) {
      const state = known?.deployments.get(deployment)?.resource.properties['provisioningState']
      if (state !== 'Succeeded')
        return refusal(400, 'BadArgument', `traffic to ${deployment}, which is ${state ?? 'absent'}`)
    }
    const before = (known?.resource.properties['traffic'] ?? {}) as object
    const fails = this.nextEndpoint
    this.nextEndpoint = undefined
    const resource = {
      ...this.named(`onlineEndpoints/${name}`, name, 'onlineEndpoints'),
      ...body,
      identity: { ...body.identity, principalId: GUID, tenantId: GUID },
      properties: {
        ...body.properties,
        traffic: fails === undefined || known === undefined ? traffic : before,
        keys: null,
        provisioningState: known === undefined ? 'Creating' : 'Updating',
        scoringUri: known === undefined && fails !== undefined ? null : `${this.scoringUrl}/${name}/api/predict`,
        swaggerUri: null,
      },
    } as Resource
    const operation = this.begin(fails)
    const deployments = known?.deployments ?? new Map<string, FakeDeployment>()
    const stale =
      known === undefined || fails !== undefined
        ? undefined
        : { traffic: before, looksLeft: this.looks + this.staleLooks }
    this.endpoints.set(name, { ...this.changing(resource, operation, fails), deployments, stale })
    return { status: known === undefined ? 201 : 200, body: resource, ...(known === undefined ? { operation } : {}) }
  }

  deleteEndpoint(name: string): Answer {
    const known = this.endpoints.get(name)
    if (known === undefined) return { status: 204 }
    if (isBusy(known)) return refusal(409, 'Conflict', `the endpoint ${name} is being changed`)
    return this.beginDelete(known)
  }

  deployments(endpoint: string): Answer {
    const found = this.endpoints.get(endpoint)
    if (found === undefined) return refusal(404, 'ResourceNotFound', `endpoint ${endpoint}`)
    return { status: 200, body: { value: [...found.deployments.values()].map(({ resource }) => resource) } }
  }

  deployment(endpoint: string, name: string): Answer {
    const all = this.endpoints.get(endpoint)?.deployments
    const found = all?.get(name)
    if (found !== undefined) this.look(found, () => all?.delete(name))
    if (!all?.has(name)) return refusal(404, 'ResourceNotFound', `deployment ${name}`)
    return { status: 200, body: structuredClone((found as FakeDeployment).resource) }
  }

  putDeployment(endpoint: string, name: string, body: Resource): Answer {
    const at = this.endpoints.get(endpoint)
    if (at === undefined) return refusal(404, 'ParentResourceNotFound', `endpoint ${endpoint}`)
    if (!NAME.test(name)) return refusal(400, 'BadArgument', `the name ${name}`)
    if (isBusy(at)) return refusal(409, 'Conflict', `the endpoint ${endpoint} is being changed`)
    const known = at.deployments.get(name)
    if (known !== undefined && isBusy(known)) return refusal(409, 'Conflict', `the deployment ${name} is being changed`)
    for (const fixed of known === undefined ? [] : fixedProperties('OnlineDeployment')) {
      if (!isDeepStrictEqual(known?.resource.properties[fixed], body.properties[fixed])) {
        return refusal(400, 'BadArgument', `${fixed} cannot be changed`)
      }
    }
    const { model, environmentId } = body.properties
    const ids = [...this.models.values(), ...this.environments.values()].map((asset) => (asset as Resource).id)
    for (const id of [model, environmentId]) {
      if (!ids.includes(id as string)) return refusal(400, 'BadArgument', `there is no asset ${id}`)
    }
    if (!((body.sku?.capacity ?? 0) >= 1)) return refusal(400, 'BadArgument', 'the capacity is no number of instances')
    const path = `onlineEndpoints/${endpoint}/deployments/${name}`
    const resource = { ...this.named(path, name, 'onlineEndpoints/deployments'), ...body } as Resource
    resource.properties = { ...body.properties, provisioningState: known === undefined ? 'Creating' : 'Updating' }
    const fails = this.failureOf(endpoint, name)
    const operation = this.begin(fails)
    at.deployments.set(name, this.changing(resource, operation, fails))
    return { status: known === undefined ? 201 : 200, body: resource, ...(known === undefined ? { operation } : {}) }
  }

  patchDeployment(endpoint: string, name: string, { sku }: { sku: { name: string; capacity: number } }): Answer {
    const found = this.endpoints.get(endpoint)?.deployments.get(name)
    if (found === undefined) return refusal(404, 'ResourceNotFound', `deployment ${name}`)
    if (isBusy(found)) return refusal(409, 'Conflict', `the deployment ${name} is being changed`)
    const fails = this.failureOf(endpoint, name)
    if (fails === undefined) found.resource.sku = sku
    found.resource.properties['provisioningState'] = 'Scaling'
    Object.assign(found, this.changing(found.resource, this.begin(fails), fails))
    return { status: 202, operation: found.operation }
  }

  deleteDeployment(endpoint: string, name: string): Answer {
    const at = this.endpoints.get(endpoint)
    const found = at?.deployments.get(name)
    if (at === undefined || found === undefined) return { status: 204 }
    if (isBusy(found) || isBusy(at)) return refusal(409, 'Conflict', `the deployment ${name} is being changed`)
    const traffic = at.resource.properties['traffic'] as Record<string, number>
    if ((traffic[name] ?? 0) > 0) return refusal(400, 'BadArgument', `the deployment ${name} gets traffic`)
    return this.beginDelete(found)
  }

  log(endpoint: string, name: string, { containerType = 'InferenceServer' }: { containerType?: string }): Answer {
    if (containerType !== 'InferenceServer') return { status: 200, body: { content: null } }
    return { status: 200, body: { content: this.logs.get(`${endpoint}/${name}`) ?? '' } }
  }

  operation(id: string): Answer {
    const found = this.operations.get(id)
    return found === undefined ? refusal(404, 'NotFound', id) : { status: 200, body: { id, ...found } }
  }

  /** A look that is not part of a request: changes go on by themselves. */
  private look(changing: FakeDeployment, remove: () => void): void {
    if (!isBusy(changing)) return
    changing.looksLeft -= 1
    if (changing.looksLeft > 0) return
    if (changing.end === 'gone') remove()
    changing.resource.properties['provisioningState'] = changing.end
    const operation = this.operations.get(changing.operation)
    if (operation !== undefined) operation.status = changing.end === 'gone' ? 'Succeeded' : changing.end
  }

  private beginDelete(changing: FakeDeployment): Answer {
    changing.resource.properties['provisioningState'] = 'Deleting'
    const operation = this.begin(undefined)
    Object.assign(changing, { looksLeft: this.looks, end: 'gone', operation })
    return { status: 202, operation }
  }

  private changing(resource: Resource, operation: string, fails: Failure | undefined): FakeDeployment {
    return { resource, looksLeft: this.looks, end: fails === undefined ? 'Succeeded' : 'Failed', operation }
  }

  private begin(fails: Failure | undefined): string {
    const id = `operation-${this.operations.size + 1}`
    const error = fails === undefined ? {} : { error: { code: 'InternalServerError', message: fails.message } }
    this.operations.set(id, { status: 'InProgress', ...error })
    return id
  }

  private failureOf(endpoint: string, name: string): Failure | undefined {
    const fails = this.nextDeployment
    this.nextDeployment = undefined
    if (fails !== undefined) this.logs.set(`${endpoint}/${name}`, fails.log)
    return fails
  }

  private named(path: string, name: string, type: string) {
    const id = `${this.root}/${path}`
    return { id, name, type: `Microsoft.MachineLearningServices/workspaces/${type}`, systemData: systemData() }
  }
}

const GUID = '00000000-1111-2222-3333-444444444444'

function systemData(): object {
  return { createdAt: '2026-01-01T12:00:00Z', createdBy: GUID, createdByType: 'Application' }
}

function isBusy({ resource }: FakeDeployment): boolean {
  return CHANGING.includes(resource.properties['provisioningState'] as string)
}

export function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } }
}
