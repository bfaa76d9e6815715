// Azure over HTTP: log-in, Azure Resource Manager with one workspace, and the endpoints that answer. Every request and every answer of
// the operations that the OpenAPI document has is held to it; `faults` tells what differed.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { AzureMlSettings } from '../../../src/deployments/targets/azure-ml/azure-ml-config.ts'
import { DOCUMENT_VERSION, faultsOfAnswer, faultsOfDefinition, faultsOfRequest, operationOf } from './azure-document.ts'
import { type Answer, FakeWorkspace, refusal } from './fake-workspace.ts'

export interface ContainerAnswer {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly query: string
  readonly body: Buffer
}

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555'
const WORKSPACE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/models/providers/Microsoft.MachineLearningServices/workspaces/ml`
const OPERATIONS = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/westeurope/mfeOperationsStatus`
const SECRET = 'the secret of the application'
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** A token of the issuer that the application trusts. */
export const ASSERTION = 'a token of the cluster'

export class FakeAzure {
  readonly faults: string[] = []
  readonly requests: string[] = []
  /** In ms; only tests move it. */
  now = Date.parse('2026-01-01T12:00:00Z')
  tokenSeconds: number | string = 3_600
  tokensGiven = 0
  /** Whatever the log-in gives. */
  refusesTokens = false
  refusedTokens = 0
  /** In seconds. Of the answers to work that goes on. */
  retryAfter = 10
  /** The next requests of resources are answered so. */
  readonly nextAnswers: { readonly answer: Answer; readonly headers: Record<string, string> }[] = []
  /** The connection breaks at this request of resources, counted from 1: before Azure does what is asked, or after. */
  breakAt: { readonly request: number; readonly when: 'before' | 'after' } | undefined
  /** Methods of the requests of resources. */
  readonly methods: string[] = []
  key = 'key 1'
  /** More requests wait for the containers than may. */
  isFull = false
  container: (asked: Asked, deployment: string) => ContainerAnswer | Promise<ContainerAnswer> = () => ({
    status: 200,
    type: 'application/json',
    body: '[]',
  })
  readonly scored: Asked[] = []
  readonly workspace: FakeWorkspace
  readonly url: string
  private readonly tokens = new Map<string, { readonly resource: string; readonly until: number }>()

  private constructor(url: string) {
    this.url = url
    this.workspace = new FakeWorkspace(WORKSPACE, `${url}/score`)
  }

  static async start(t: Test): Promise<FakeAzure> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const azure = new FakeAzure(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.on('request', (request, response) => void azure.serve(request, response))
    t.teardown(async () => {
      server.closeAllConnections()
      server.close()
      if (server.listening) await once(server, 'close')
    })
    return azure
  }

  /** What the worker has to be told of it. */
  get settings(): AzureMlSettings {
    return {
      AZURE_TENANT_ID: 'tenant',
      AZURE_CLIENT_ID: 'application',
      AZURE_CLIENT_SECRET: SECRET,
      AZURE_FEDERATED_TOKEN_FILE: '',
      AZURE_AUTHORITY_URL: `${this.url}/login`,
      AZURE_RESOURCE_MANAGER_URL: this.url,
      AZURE_ML_SUBSCRIPTION_ID: SUBSCRIPTION,
      AZURE_ML_RESOURCE_GROUP: 'models',
      AZURE_ML_WORKSPACE: 'ml',
      AZURE_ML_DATASTORE: 'bundles',
      AZURE_ML_IMAGE: 'registry.example/ml-worker-serve:1',
      AZURE_ML_INSTANCE_TYPE: 'Standard_F2s_v2',
      AZURE_ML_NAME_PREFIX: 'mlw',
      AZURE_ML_ENDPOINT_AUTH: 'key',
    }
  }

  /** All tokens that were given are refused from now on. */
  revokeTokens(): void {
    this.tokens.clear()
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { pathname: path, search } = new URL(request.url ?? '', this.url)
    const asked = {
      method: request.method ?? '',
      path,
      headers: request.headers,
      query: search,
      body: Buffer.concat(parts),
    }
    this.requests.push(`${asked.method} ${path}`)
    if (path.startsWith('/login/')) return this.send(response, this.logIn(asked))
    if (path === '/metadata/identity/oauth2/token') return this.send(response, this.identify(asked))
    if (path.startsWith('/score/')) return this.score(asked, response)
    this.methods.push(asked.method)
    const breaks = this.breakAt?.request === this.methods.length ? this.breakAt.when : undefined
    if (breaks === 'before') return void request.socket.destroy()
    const { answer, headers } = this.managed(asked)
    if (breaks === 'after') return void request.socket.destroy()
    this.send(response, answer, headers)
  }

  private send(response: ServerResponse, { status, body }: Answer, headers: Record<string, string> = {}): void {
    const text = body === undefined ? undefined : JSON.stringify(body)
    response
      .writeHead(status, text === undefined ? headers : { ...headers, 'content-type': 'application/json' })
      .end(text)
  }

  private logIn({ method, path, body }: Asked): Answer {
    const form = new URLSearchParams(body.toString())
    if (method !== 'POST' || path !== '/login/tenant/oauth2/v2.0/token')
      return { status: 404, body: { error: 'not_found' } }
    if (form.get('grant_type') !== 'client_credentials')
      return { status: 400, body: { error: 'unsupported_grant_type' } }
    const isAsserted =
      form.get('client_assertion_type') === ASSERTION_TYPE && form.get('client_assertion') === ASSERTION
    if (form.get('client_id') !== 'application' || (form.get('client_secret') !== SECRET && !isAsserted)) {
      return {
        status: 401,
        body: { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' },
      }
    }
    const [, resource] = /^(.+)\/\.default$/.exec(form.get('scope') ?? '') ?? []
    return resource === undefined ? { status: 400, body: { error: 'invalid_scope' } } : this.token(resource)
  }

  private identify({ headers, query }: Asked): Answer {
    const asked = new URLSearchParams(query)
    if (headers['metadata'] !== 'true') return { status: 400, body: { error: 'invalid_request' } }
    if (asked.get('client_id') !== null && asked.get('client_id') !== 'identity') {
      return { status: 400, body: { error: 'invalid_request', error_description: 'Identity not found' } }
    }
    return this.token(asked.get('resource') ?? '')
  }

  private token(resource: string): Answer {
    this.tokensGiven += 1
    const value = `token ${this.tokensGiven}`
    this.tokens.set(value, { resource, until: this.now + Number(this.tokenSeconds) * 1000 })
    return { status: 200, body: { token_type: 'Bearer', expires_in: this.tokenSeconds, access_token: value } }
  }

  private isKnown(headers: IncomingMessage['headers'], resource: string): boolean {
    const token = this.tokens.get(headers.authorization?.replace(/^Bearer /, '') ?? '')
    const isGood = !this.refusesTokens && token !== undefined && token.resource === resource && this.now < token.until
    if (!isGood) this.refusedTokens += 1
    return isGood
  }

  private managed(asked: Asked): { answer: Answer; headers: Record<string, string> } {
    const { method, path, headers, query, body } = asked
    if (!this.isKnown(headers, this.url)) {
      return { answer: refusal(401, 'InvalidAuthenticationToken', 'The access token is invalid.'), headers: {} }
    }
    if (new URLSearchParams(query).get('api-version') !== DOCUMENT_VERSION)
      this.faults.push(`${method} ${path}: api-version`)
    const next = this.nextAnswers.shift()
    if (next !== undefined) return next
    if (path.startsWith(OPERATIONS))
      return { answer: this.held(this.workspace.operation(path.slice(OPERATIONS.length + 1))), headers: {} }
    if (path === WORKSPACE && method === 'GET') {
      const workspace = { id: WORKSPACE, name: 'ml', location: this.workspace.location }
      return { answer: { status: 200, body: workspace }, headers: {} }
    }
    const found = operationOf(method, path)
    if (found === undefined) {
      this.faults.push(`${method} ${path}: no such operation`)
      return { answer: refusal(404, 'InvalidResourceType', path), headers: {} }
    }
    const content = (body.length === 0 ? undefined : JSON.parse(body.toString())) as never
    const faults = faultsOfRequest(found, content)
    this.faults.push(...faults)
    const answer =
      faults.length === 0 ? this.perform(method, path, content) : refusal(400, 'BadArgument', faults.join('; '))
    const answered = this.headersOf(answer)
    this.faults.push(...faultsOfAnswer(found, answer.status, answered, answer.body))
    return { answer, headers: answered }
  }

  private held(answer: Answer): Answer {
    if (answer.status === 200) this.faults.push(...faultsOfDefinition('OperationStatusResult', answer.body))
    return answer
  }

  private headersOf({ status, operation }: Answer): Record<string, string> {
    if (operation === undefined) return {}
    const url = `${this.url}${OPERATIONS}/${operation}?api-version=${DOCUMENT_VERSION}`
    const timeout = { 'x-ms-async-operation-timeout': 'PT1H' }
    if (status === 201) return { ...timeout, 'Azure-AsyncOperation': url }
    return { ...timeout, Location: url, 'Retry-After': String(this.retryAfter) }
  }

  private perform(method: string, path: string, content: never): Answer {
    const parts = path.slice(WORKSPACE.length + 1).split('/')
    const [kind, name = '', part, deployment = '', action] = parts
    if (kind === 'models' || kind === 'environments') {
      return method === 'GET'
        ? this.workspace.asset(kind, name, deployment)
        : this.workspace.putAsset(kind, name, deployment, content)
    }
    if (part === 'listKeys') return { status: 200, body: { primaryKey: this.key, secondaryKey: 'another' } }
    if (part === undefined) {
      if (method === 'GET') return this.workspace.endpoint(name)
      return method === 'PUT' ? this.workspace.putEndpoint(name, content) : this.workspace.deleteEndpoint(name)
    }
    if (deployment === '') return this.workspace.deployments(name)
    if (action === 'getLogs') return this.workspace.log(name, deployment, content)
    if (method === 'GET') return this.workspace.deployment(name, deployment)
    if (method === 'PUT') return this.workspace.putDeployment(name, deployment, content)
    if (method === 'PATCH') return this.workspace.patchDeployment(name, deployment, content)
    return this.workspace.deleteDeployment(name, deployment)
  }

  /** The endpoint in front of the containers. */
  private async score(asked: Asked, response: ServerResponse): Promise<void> {
    this.scored.push(asked)
    const [, , name = ''] = asked.path.split('/')
    const endpoint = this.workspace.endpoints.get(name)
    const isKey = endpoint?.resource.properties['authMode'] === 'Key'
    const isKnown = isKey
      ? asked.headers.authorization === `Bearer ${this.key}`
      : this.isKnown(asked.headers, 'https://ml.azure.com')
    const deployment = asked.headers['azureml-model-deployment'] as string
    const state = endpoint?.deployments.get(deployment)?.resource.properties['provisioningState']
    if (!isKnown || state !== 'Succeeded') {
      this.send(response, { status: isKnown ? 404 : 401 })
      return
    }
    if (this.isFull) {
      this.send(response, { status: 429 })
      return
    }
    const { status, type, body } = await this.container(asked, deployment)
    const own =
      status === 200
        ? {}
        : { 'ms-azureml-model-error-statuscode': String(status), 'ms-azureml-model-error-reason': 'model' }
    response.writeHead(status === 200 ? 200 : 424, { 'content-type': type, ...own }).end(body)
  }
}
