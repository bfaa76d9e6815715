// npm run demo: plays the Spring Boot application against a worker of its own, and prints what every model achieved.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pino from 'pino'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import { DATA_SETS, prepareLesson } from './lessons.ts'
import { SpringBoot } from './spring-boot.ts'

const PROJECT = new URL('../../', import.meta.url)

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-demo-'))
  // PostgreSQL does not run as root: its user must get through.
  await chmod(folder, 0o711)
  const postgres = await startEmbeddedPostgres(join(folder, 'postgres'), pino({ level: 'silent' }))
  try {
    await SpringBoot.createTables(postgres.url())
    const { worker, url } = await startWorker(postgres.url(), join(folder, 'worker'))
    try {
      await demonstrate(postgres.url(), url)
    } finally {
      await stop(worker)
    }
  } finally {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function demonstrate(databaseUrl: string, workerUrl: string): Promise<void> {
  const springBoot = new SpringBoot(databaseUrl, workerUrl)
  const models = (await discoverModels(new URL('statistical', PROJECT).pathname)).models
  const table: string[][] = [['data', 'model', 'rows', 'seconds', 'held-out']]
  let failures = 0
  for (const dataSet of DATA_SETS) {
    for (const { model, type } of models) {
      const isForOthers = model.feature_names !== '*' && dataSet.name !== 'iris'
      if (isForOthers) continue
      await springBoot.registerModel({ name: model.name, type })
      process.stdout.write(`${dataSet.name}: ${model.name} … `)
      try {
        const lesson = await prepareLesson(dataSet, { name: model.name, type })
        const runId = await springBoot.train(model.name, { parameters: lesson.parameters, ...lesson.train })
        const { predictions } = await springBoot.call('POST', `/api/predict?model_run_id=${runId}`, {
          features: lesson.test.features,
        })
        const seconds = Number((await springBoot.metrics(runId)).get('training_seconds')).toFixed(3)
        const score = `${lesson.score(predictions).toFixed(3)} ${lesson.scoreName}`
        process.stdout.write(`${seconds} s, ${score}\n`)
        table.push([dataSet.name, model.name, String(lesson.train.features.length), seconds, score])
      } catch (error) {
        failures += 1
        process.stdout.write(`failed: ${(error as Error).message}\n`)
      }
    }
  }
  await springBoot.close()
  printTable(table)
  if (failures > 0) throw new Error(`${failures} trainings failed`)
}

/** The worker as `npm start` runs it, beside a database that is not its own; it may run on a busy machine. Resolves when it listens. */
async function startWorker(databaseUrl: string, dataDir: string): Promise<{ worker: ChildProcess; url: string }> {
  const worker = spawn(process.execPath, ['src/main.ts'], {
    cwd: PROJECT,
    env: {
      PATH: '/usr/bin:/bin',
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      PORT: '0',
      OVERLOAD_DELAY_MS: '600000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: worker.stdout })) {
    const { msg, url } = JSON.parse(line)
    if (msg !== 'listening') continue
    // What it logs from here on is not of interest, but must not fill the pipe.
    worker.stdout.resume()
    return { worker, url }
  }
  throw new Error('the worker ended before it listened')
}

async function stop(worker: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.kill('SIGTERM')
  await ended
}

function printTable(rows: readonly string[][]): void {
  const widths = (rows[0] as string[]).map((_, j) => Math.max(...rows.map((row) => (row[j] as string).length)))
  const lines = rows.map((row) => row.map((cell, j) => cell.padEnd(widths[j] as number)).join('  '))
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '))
  process.stdout.write(`\n${lines.join('\n')}\n`)
}

await main()
