// Keys, and runs whose rows hold a secret that can be looked for.
import { join } from 'node:path'
import type { Test } from 'tap'
import { createKeyFile } from '../../src/encryption/key-file.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { dataFolder } from './runs.ts'
import type { TestService } from './service.ts'

export const SECRET = 'planted-e5b1c0de'

/** Rows of a column whose categories begin with the secret. */
export function rowsOf(count: number): { features: object[]; labels: object[] } {
  const category = (i: number): string => `${SECRET}-${'abc'[i % 3]}`
  return {
    features: Array.from({ length: count }, (_, i) => ({ a: (i * 7) % 10, c: category(i) })),
    labels: Array.from({ length: count }, (_, i) => ({ y: i % 3 === 0 ? 'yes' : 'no' })),
  }
}

/** A row to predict. */
export const asked = { features: [{ a: 1, c: `${SECRET}-a` }] }

export interface TestKeys {
  readonly paths: readonly string[]
  readonly ids: readonly string[]
}

export async function makeKeys(t: Test, count: number): Promise<TestKeys> {
  const folder = await dataFolder(t)
  const paths = Array.from({ length: count }, (_, i) => join(folder, `key-${i}`))
  return { paths, ids: await Promise.all(paths.map(createKeyFile)) }
}

export async function openDatabase(t: Test): Promise<TestDatabase> {
  const database = await createTestDatabase(t)
  for (const model of ['forest', 'held_open']) await database.registerModel(model)
  return database
}

/** The run, once it was accepted. */
export async function train(
  worker: Pick<TestService, 'train'>,
  database: TestDatabase,
  model: string,
  body: object,
): Promise<number> {
  const run = await database.insertRun(model)
  const answer = await worker.train(model, run, body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return run
}

export async function resultOf(database: TestDatabase, run: number): Promise<Buffer> {
  const { run_result: result } = await database.run(run)
  if (result === null) throw new Error(`run ${run} has no result`)
  return result
}
