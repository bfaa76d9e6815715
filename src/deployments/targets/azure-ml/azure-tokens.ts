// Access tokens of Microsoft Entra: for an application with a secret or a token of another issuer, or for the managed identity of
// this machine.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
import { readFile } from 'node:fs/promises'
import { AzureError, azureErrorOf } from './azure-error.ts'
import { type AzureAnswer, sendTo } from './azure-http.ts'
import { type AzureMlSettings, isApplication } from './azure-ml-config.ts'

export type AzureLogin = Pick<
  AzureMlSettings,
  'AZURE_TENANT_ID' | 'AZURE_CLIENT_ID' | 'AZURE_CLIENT_SECRET' | 'AZURE_FEDERATED_TOKEN_FILE' | 'AZURE_AUTHORITY_URL'
>

interface Token {
  readonly value: string
  /** In ms since 1970. */
  readonly refreshAt: number
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const TIMEOUT_MS = 10_000
const REFRESH_BEFORE_MS = 300_000
const METADATA_URL = 'http://169.254.169.254'
/** The machine's own service says so while it starts, or is asked too often. */
const METADATA_PASSING = [404, 410]

export class AzureTokens {
  private readonly login: AzureLogin
  private readonly clock: () => number
  private readonly metadataUrl: string
  /** By resource: a few. */
  private readonly tokens = new Map<string, Token>()
  private readonly underWay = new Map<string, Promise<Token>>()

  constructor(login: AzureLogin, { clock = Date.now, metadataUrl = METADATA_URL } = {}) {
    this.login = login
    this.clock = clock
    this.metadataUrl = metadataUrl
  }

  /** A token for the resource, such as https://management.azure.com. A new one is fetched before the last one ends. Throws AzureError. */
  async tokenFor(resource: string): Promise<string> {
    const kept = this.tokens.get(resource)
    if (kept !== undefined && this.clock() < kept.refreshAt) return kept.value
    const fetching = this.underWay.get(resource) ?? this.fetch(resource)
    this.underWay.set(resource, fetching)
    try {
      return (await fetching).value
    } finally {
      this.underWay.delete(resource)
    }
  }

  /** The token was refused: the next call gets a new one. */
  drop(resource: string, value: string): void {
    if (this.tokens.get(resource)?.value === value) this.tokens.delete(resource)
  }

  private async fetch(resource: string): Promise<Token> {
    const { status, body } = isApplication(this.login) ? await this.logIn(resource) : await this.askMachine(resource)
    if (status !== 200) throw this.refusalOf(status, body)
    const { access_token: value, expires_in: seconds } = (body ?? {}) as {
      access_token?: unknown
      expires_in?: unknown
    }
    // A managed identity's is a text.
    const lifetimeMs = Number(seconds) * 1000
    if (typeof value !== 'string' || !(lifetimeMs > 0)) {
      throw new AzureError(0, 'TokenUnreadable', 'the answer to a log-in holds no access_token and expires_in')
    }
    const token = { value, refreshAt: this.clock() + lifetimeMs - Math.min(REFRESH_BEFORE_MS, lifetimeMs / 5) }
    this.tokens.set(resource, token)
    return token
  }

  private async logIn(resource: string): Promise<AzureAnswer> {
    const { AZURE_AUTHORITY_URL, AZURE_TENANT_ID, AZURE_CLIENT_ID } = this.login
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: AZURE_CLIENT_ID,
      ...(await this.proof()),
      scope: `${resource}/.default`,
    })
    const url = `${AZURE_AUTHORITY_URL.replace(/\/$/, '')}/${encodeURIComponent(AZURE_TENANT_ID)}/oauth2/v2.0/token`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return sendTo(url, { method: 'POST', headers, body: form.toString() }, AbortSignal.timeout(TIMEOUT_MS))
  }

  /** That the worker is the application. The token of the other issuer is written anew before it ends. */
  private async proof(): Promise<Readonly<Record<string, string>>> {
    const { AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE: file } = this.login
    if (AZURE_CLIENT_SECRET !== '') return { client_secret: AZURE_CLIENT_SECRET }
    try {
      return { client_assertion_type: ASSERTION_TYPE, client_assertion: (await readFile(file, 'utf8')).trim() }
    } catch (error) {
      throw new AzureError(0, 'TokenFileUnreadable', (error as Error).message, { cause: error })
    }
  }

  private askMachine(resource: string): Promise<AzureAnswer> {
    const query = new URLSearchParams({ 'api-version': '2018-02-01', resource })
    if (this.login.AZURE_CLIENT_ID !== '') query.set('client_id', this.login.AZURE_CLIENT_ID)
    const url = `${this.metadataUrl}/metadata/identity/oauth2/token?${query}`
    return sendTo(url, { method: 'GET', headers: { metadata: 'true' } }, AbortSignal.timeout(TIMEOUT_MS))
  }

  private refusalOf(status: number, body: unknown): AzureError {
    const passes = !isApplication(this.login) && METADATA_PASSING.includes(status)
    return azureErrorOf(passes ? 503 : status, body)
  }
}
