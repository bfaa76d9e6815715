// One upload to a worker that has just started: what memory it takes, and how late the worker's event loop and health are.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { peakGrowth } from '../../test/support/resident-memory.ts'
import { startWorker } from '../serving/servers.ts'
import type { LoopDelay } from './loop-delay.ts'

const run = promisify(execFile)
/** The waiting trainer has settled by then. */
const SETTLE_MS = 5_000
const HEALTH_EVERY_MS = 10
const LOOP_DELAY = new URL('./loop-delay.ts', import.meta.url)

export type UploadWay = 'raw' | 'form'

export interface UploadFigures {
  readonly way: UploadWay
  readonly seconds: number
  /** Of the worker's process, without the trainer. */
  readonly restBytes: number
  readonly grownBytes: number
  readonly loop: LoopDelay
  /** Milliseconds that GET /api/health took beside the upload. */
  readonly health: { readonly p50: number; readonly p99: number; readonly max: number }
}

/**
 * Throws when the upload is refused. The worker gets DATA_DIR and database as they are, and has run once before: a first
 * start strips types, which takes some 20 MB in the process and in each thread until they are compiled.
 */
export async function measureUpload(
  file: string,
  way: UploadWay,
  { databaseUrl, dataDir }: { readonly databaseUrl: string; readonly dataDir: string },
): Promise<UploadFigures> {
  const loopFile = join(dataDir, '..', 'loop-delay.json')
  const settings = {
    MAX_UPLOAD_SIZE_MB: '4096',
    LOOP_DELAY_FILE: loopFile,
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${LOOP_DELAY}`,
  }
  const first = await startWorker(databaseUrl, dataDir, undefined, settings)
  const small = join(dataDir, '..', 'small.csv')
  writeFileSync(small, 'a,b\n1,2\n')
  await upload(small, way, first.url).finally(() => first.stop())
  const worker = await startWorker(databaseUrl, dataDir, undefined, settings)
  try {
    await sleep(SETTLE_MS)
    const readLoop = async (): Promise<LoopDelay> => {
      process.kill(worker.pid, 'SIGCONT')
      await sleep(200)
      return JSON.parse(readFileSync(loopFile, 'utf8'))
    }
    await readLoop()
    const restBytes = 1e6 * worker.memory().nowMb
    const health: number[] = []
    let isOver = false
    const beside = (async () => {
      while (!isOver) {
        const askedAt = performance.now()
        await (await fetch(`${worker.url}/api/health`)).arrayBuffer()
        health.push(performance.now() - askedAt)
        await sleep(HEALTH_EVERY_MS)
      }
    })()
    const startedAt = performance.now()
    const grownBytes = await peakGrowth(worker.pid, () => upload(file, way, worker.url)).finally(async () => {
      isOver = true
      await beside
    })
    const seconds = (performance.now() - startedAt) / 1000
    const loop = await readLoop()
    health.sort((a, b) => a - b)
    const at = (share: number): number => health[Math.floor(share * (health.length - 1))] as number
    return { way, seconds, restBytes, grownBytes, loop, health: { p50: at(0.5), p99: at(0.99), max: at(1) } }
  } finally {
    await worker.stop()
  }
}

async function upload(file: string, way: UploadWay, url: string): Promise<void> {
  const body = way === 'form' ? ['-F', `file=@${file};type=text/csv`] : ['-T', file, '-H', 'content-type: text/csv']
  const args = [
    '-sS',
    '--fail-with-body',
    '-X',
    'POST',
    '-H',
    'expect:',
    ...body,
    `${url}/api/datasets?name=bench-${way}`,
  ]
  const { stdout } = await run('curl', args).catch((error) => error)
  if (!stdout.startsWith('{"id"')) throw new Error(`the upload was refused: ${stdout}`)
}
