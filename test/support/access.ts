// Callers of a worker with ACCESS=required: API tokens as its operator and its administrators make them.
import type { Test } from 'tap'
import type { Config } from '../../src/config.ts'
import { runCommandLine } from './command-line.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { dataFolder } from './runs.ts'
import { clientOf, startTestService, type TestService } from './service.ts'
import { until } from './until.ts'

export const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` })

/** A database with the worker's own schema, made by the command line. */
export async function createOwnDatabase(t: Test, models: readonly string[] = ['majority']): Promise<TestDatabase> {
  const database = await createTestDatabase(t)
  for (const model of models) await database.registerModel(model)
  await command(t, database, ['migrate'])
  return database
}

/** An API token of the command line. */
export async function tokenByCommand(t: Test, database: TestDatabase, ...args: readonly string[]): Promise<string> {
  return (await command(t, database, ['token', 'create', '--label', 'of a test', ...args])).trim()
}

async function command(t: Test, { url }: TestDatabase, args: readonly string[]): Promise<string> {
  const environment = { DATABASE_URL: url, DATA_DIR: await dataFolder(t) }
  const { code, out, err } = await runCommandLine(args, { environment })
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`)
  return out
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
  const adminToken = await tokenByCommand(t, database, '--role', 'admin')
  const service = await startTestService(t, { DATABASE_URL: database.url, ACCESS: 'required', ...settings })
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
