// Callers of a worker with ACCESS=required: API tokens as its operator and its administrators make them.
import type { Test } from 'tap'
import { Tokens } from '../../src/access/tokens.ts'
import { appendEntry } from '../../src/audit/audit.ts'
import { commandCaller } from '../../src/cli/own-database.ts'
import type { Config } from '../../src/config.ts'
import { runCommandLine } from './command-line.ts'
import { createOwnDatabase, type TestDatabase } from './database.ts'
import { dataFolder } from './runs.ts'
import { clientOf, startTestService, type TestService } from './service.ts'
import { until } from './until.ts'

export const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` })

/** An API token of the command line. */
export async function tokenByCommand(t: Test, { url }: TestDatabase, ...args: readonly string[]): Promise<string> {
  const environment = { DATABASE_URL: url, DATA_DIR: await dataFolder(t) }
  const { code, out, err } = await runCommandLine(['token', 'create', '--label', 'of a test', ...args], { environment })
  if (code !== 0) throw new Error(`token create ended with ${code}: ${err}`)
  return out.trim()
}

/** The part between mlw_ and the next _. */
export const idOf = (token: string): string => token.split('_')[1] as string

export interface GuardedService extends TestService {
  readonly database: TestDatabase
  /** Of the role admin. */
  readonly adminToken: string
  readonly admin: ReturnType<typeof clientOf>
  /** A new API token of these roles. */
  tokenOf(roles: readonly string[], more?: { readonly projects?: readonly string[] }): Promise<string>
}

/** A service that asks callers who they are, and an administrator of it. */
export async function startGuardedService(
  t: Test,
  models: readonly string[] = ['majority'],
  settings: Partial<Record<keyof Config, string | number>> = {},
): Promise<GuardedService> {
  const database = await createOwnDatabase(t, models)
  const tokens = new Tokens({ pool: database.owner, audit: { append: appendEntry } })
  const { token: adminToken } = await tokens.create({ label: 'of a test', roles: ['admin'], days: 1 }, commandCaller())
  const own = { DATABASE_URL: database.url, ACCESS: 'required', FAILED_LOGINS_PER_MINUTE: 1_000_000 }
  const service = await startTestService(t, { ...own, ...settings })
  const admin = clientOf(service.service.url, bearer(adminToken))
  await until(async () => (await service.get('/api/health/ready')).status === 200)
  return {
    ...service,
    database,
    adminToken,
    admin,
    async tokenOf(roles, more = {}) {
      const { status, body } = await admin.post('/api/tokens', { label: 'of a test', roles, days: 1, ...more })
      if (status !== 201) throw new Error(JSON.stringify(body))
      return body.token
    },
  }
}
