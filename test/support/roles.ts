// Roles of PostgreSQL for a test, gone when it ends.
import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { TestDatabase } from './database.ts'

/** A role without any right, and its URL. */
export async function createRole(t: Test, { owner, url }: TestDatabase): Promise<{ role: string; url: string }> {
  const role = `ml_worker_role_${randomBytes(6).toString('hex')}`
  await owner.query(`create role ${role} login password 'secret'`)
  t.teardown(() => owner.query(`drop owned by ${role}; drop role ${role}`))
  return { role, url: Object.assign(new URL(url), { username: role, password: 'secret' }).href }
}
