// Predictions by a deployment in Azure: with the key of its endpoint, or with a token, and in the container's own words.
import type { TargetAnswer, TargetRequest } from '../target.ts'
import { AzureError, oneLine } from './azure-error.ts'
import { type AzureBytes, bytesOf } from './azure-http.ts'
import type { AzureMlApi } from './azure-ml-api.ts'
import type { AzureTokens } from './azure-tokens.ts'
import { keepNewest } from './keep-newest.ts'
import type { Names } from './names.ts'

/** How an endpoint is called. */
interface Way {
  readonly url: string
  /** Undefined: a token of Microsoft Entra. */
  readonly key: string | undefined
}

const WAYS_MAX = 1_000
/** Of all that is asked to learn a way. */
const WAY_TIMEOUT_MS = 15_000
const ANSWER_BYTES_MAX = 64 * 2 ** 20
const TOKEN_RESOURCE = 'https://ml.azure.com'
/** In sovereign clouds, by the host of their resource manager. */
const OTHER_TOKEN_RESOURCES: Readonly<Record<string, string>> = {
  'management.chinacloudapi.cn': 'https://ml.azure.cn',
  'management.usgovcloudapi.net': 'https://ml.azure.us',
}
/** Azure's answers to a key, a token or an address that is no longer good. */
const OUTDATED = [401, 403, 404]
/** What the network adds to the time that the container has. */
const NETWORK_MS = 10_000
/** Azure's status of every answer of a container that is no success, and the header with the container's own. */
const MODEL_ERROR = 424
const MODEL_STATUS = 'ms-azureml-model-error-statuscode'

export class Scoring {
  private readonly api: AzureMlApi
  private readonly tokens: AzureTokens
  private readonly tokenResource: string
  /** By endpoint, as long as they lead there: many predictions at once ask for one once. */
  private readonly ways = new Map<string, Promise<Way>>()

  /** managerUrl: of Azure Resource Manager, which tells the cloud. */
  constructor(api: AzureMlApi, tokens: AzureTokens, managerUrl: string) {
    this.api = api
    this.tokens = tokens
    this.tokenResource = OTHER_TOKEN_RESOURCES[new URL(managerUrl).host] ?? TOKEN_RESOURCE
  }

  /** The container's answer, whatever its status. Throws AzureError where the container gave none. */
  async predict(
    { endpoint, deployment }: Names,
    request: TargetRequest,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<TargetAnswer> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000 + NETWORK_MS)])
    for (let attempt = 1; ; attempt++) {
      const known = this.wayTo(endpoint)
      const way = await known
      const secret = way.key ?? (await this.tokens.tokenFor(this.tokenResource))
      const answer = await ask(way.url, secret, deployment, request, limit)
      const status = statusOf(answer)
      if (status !== undefined) {
        return { status, contentType: answer.headers.get('content-type') ?? '', body: answer.bytes }
      }
      if (OUTDATED.includes(answer.status)) {
        if (this.ways.get(endpoint) === known) this.ways.delete(endpoint)
        if (way.key === undefined) this.tokens.drop(this.tokenResource, secret)
        // The key was changed, or the endpoint was made again.
        if (attempt === 1) continue
      }
      throw new AzureError(answer.status, 'NoPrediction', oneLine(answer.bytes.toString('utf8', 0, 2_000)))
    }
  }

  private wayTo(endpoint: string): Promise<Way> {
    const kept = this.ways.get(endpoint)
    if (kept !== undefined) return kept
    // Whoever asks first may go away; the others still need it.
    const way = this.learn(endpoint, AbortSignal.timeout(WAY_TIMEOUT_MS))
    keepNewest(this.ways, endpoint, way, WAYS_MAX)
    way.catch(() => {
      if (this.ways.get(endpoint) === way) this.ways.delete(endpoint)
    })
    return way
  }

  private async learn(endpoint: string, signal: AbortSignal): Promise<Way> {
    const found = await this.api.endpoint(endpoint, signal)
    const { scoringUri, authMode } = found?.properties ?? {}
    if (!scoringUri) throw new AzureError(404, 'EndpointUnknown', `there is no endpoint ${endpoint} that can be called`)
    if (authMode === 'AMLToken') {
      const what = `the endpoint ${endpoint} takes AMLToken; expected Key or AADToken`
      throw new AzureError(400, 'AuthModeUnsupported', what)
    }
    return { url: scoringUri, key: authMode === 'Key' ? await this.api.primaryKey(endpoint, signal) : undefined }
  }
}

function ask(
  url: string,
  secret: string,
  deployment: string,
  request: TargetRequest,
  signal: AbortSignal,
): Promise<AzureBytes> {
  const { body, contentType, accept, query } = request
  const headers = {
    authorization: `Bearer ${secret}`,
    'content-type': contentType,
    // Whatever traffic the endpoint gives it.
    'azureml-model-deployment': deployment,
    ...(accept === undefined ? {} : { accept }),
  }
  const asked = query === '' ? url : `${url}?${query.replace(/^\?/, '')}`
  return bytesOf(asked, { method: 'POST', headers, body: body as Buffer<ArrayBuffer> }, signal, ANSWER_BYTES_MAX)
}

/** Of the container; undefined where Azure answered in its place. */
function statusOf({ status, headers }: AzureBytes): number | undefined {
  if (status >= 200 && status < 300) return status
  const told = Number(headers.get(MODEL_STATUS))
  return status === MODEL_ERROR && Number.isInteger(told) && told >= 400 && told < 600 ? told : undefined
}
