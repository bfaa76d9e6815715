// Plays the Spring Boot application against a worker of its own, and prints what every model achieved.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import { DATA_SETS, prepareLesson } from './lessons.ts'
import { SpringBoot } from './spring-boot.ts'
import { prepareTastes } from './tastes.ts'
import { startWorker } from './worker.ts'

const CLASSES = new URL('../../statistical', import.meta.url).pathname

/** Throws when a training fails, and WorkerEnded. */
export async function demonstrateEveryModel(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-demo-'))
  // PostgreSQL does not run as root: its user must get through.
  await chmod(folder, 0o711)
  const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), pino({ level: 'silent' }))
  try {
    await SpringBoot.createTables(postgres.url())
    await using worker = await startWorker({ DATABASE_URL: postgres.url(), DATA_DIR: join(folder, 'worker') })
    await worker.whileItRuns((ended) => demonstrate(postgres.url(), worker.url, ended))
  } finally {
    await postgres.stop()
    // A trainer whose worker was killed ends soon after, and writes to the folder until then.
    await rm(folder, { recursive: true, force: true, maxRetries: 20 })
  }
}

async function demonstrate(databaseUrl: string, workerUrl: string, ended: AbortSignal): Promise<void> {
  const springBoot = new SpringBoot(databaseUrl, workerUrl, ended)
  try {
    await trainAll(springBoot, ended)
  } finally {
    await springBoot.close()
  }
}

async function trainAll(springBoot: SpringBoot, ended: AbortSignal): Promise<void> {
  // One class is of models that come in from other frameworks: there is nothing to train.
  const models = (await discoverModels(CLASSES)).models.filter(({ model }) => model.name !== 'imported_model')
  const table: string[][] = [['data', 'model', 'rows', 'seconds', 'held-out']]
  let failures = 0
  for (const dataSet of DATA_SETS) {
    for (const { model, type } of models) {
      const isForOthers = model.feature_names !== '*' && dataSet.name !== 'iris'
      const isRecommender = type === 'recommender'
      if (isForOthers || (isRecommender && dataSet !== DATA_SETS[0])) continue
      const data = isRecommender ? 'books' : dataSet.name
      await springBoot.registerModel({ name: model.name, type })
      process.stdout.write(`${data}: ${model.name} … `)
      try {
        const lesson = isRecommender
          ? prepareTastes(model.name)
          : await prepareLesson(dataSet, { name: model.name, type })
        const runId = await springBoot.train(model.name, { parameters: lesson.parameters, ...lesson.train })
        const { predictions } = await springBoot.call('POST', `/api/predict?model_run_id=${runId}`, {
          features: lesson.test.features,
        })
        const seconds = Number((await springBoot.metrics(runId)).get('training_seconds')).toFixed(3)
        const score = `${lesson.score(predictions).toFixed(3)} ${lesson.scoreName}`
        process.stdout.write(`${seconds} s, ${score}\n`)
        table.push([data, model.name, String(lesson.train.features.length), seconds, score])
      } catch (error) {
        failures += 1
        process.stdout.write(`failed: ${(error as Error).message}\n`)
        ended.throwIfAborted()
      }
    }
  }
  printTable(table)
  if (failures > 0) throw new Error(`${failures} trainings failed`)
}

function printTable(rows: readonly string[][]): void {
  const widths = (rows[0] as string[]).map((_, j) => Math.max(...rows.map((row) => (row[j] as string).length)))
  const lines = rows.map((row) => row.map((cell, j) => cell.padEnd(widths[j] as number)).join('  '))
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '))
  process.stdout.write(`\n${lines.join('\n')}\n`)
}
