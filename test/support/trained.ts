// A service with a database and models registered, and trainings on it from the request to the end.
import type { Test } from 'tap'
import type { Config } from '../../src/config.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { startTestService, type TestService } from './service.ts'

/** Three rows that every classifier of test/models can learn. */
export const good = {
  features: [{ a: 1 }, { a: 2 }, { a: 3 }],
  labels: [{ y: 'p' }, { y: 'p' }, { y: 'q' }],
}

export interface TrainingService extends TestService {
  readonly database: TestDatabase
  /** Trains to the end, and gives the run and how it ended. */
  trainToEnd(model: string, body: unknown): Promise<{ run: number; status: string }>
  /** The lines of the log with this message that are about the run. */
  linesOf(run: number, message: string): Record<string, unknown>[]
}

export async function startTrainingService(
  t: Test,
  models: readonly string[],
  settings: Partial<Record<keyof Config, string | number>> = {},
): Promise<TrainingService> {
  const database = await createTestDatabase(t)
  for (const model of models) await database.registerModel(model)
  const service = await startTestService(t, { DATABASE_URL: database.url, ...settings })
  return {
    ...service,
    database,
    async trainToEnd(model, body) {
      const run = await database.insertRun(model)
      const answer = await service.train(model, run, body)
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
      return { run, status: await database.ended(run) }
    },
    linesOf: (run, message) => service.logged.filter(({ runId, msg }) => runId === run && msg === message),
  }
}
