// The processes that are measured: the worker, the bare route and, where it is given, the Flask peer.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const START_TIMEOUT_MS = 60_000

export interface Server {
  readonly url: string
  readonly pid: number
  /** Seconds from its start until it was ready. */
  readonly startSeconds: number
  /** Resident memory in MB of the process, and of the trainer it waits with: now, and at the highest since the start. */
  memory(): Memory
  /** What all its threads have computed since the start. NaN where the system does not tell. */
  cpuSeconds(): number
  stop(): Promise<void>
}

export interface Memory {
  readonly nowMb: number
  readonly peakMb: number
  readonly trainerNowMb: number
}

/** `npm start`, as an operator starts it; of this checkout, or of the one in `checkout`; with more settings. */
export async function startWorker(
  databaseUrl: string,
  dataDir: string,
  checkout = ROOT,
  settings: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = String(await freePort())
  const environment = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, PORT: port, LOG_LEVEL: 'warn', ...settings }
  const args = ['--require', './bin/node-setup.cjs', 'src/main.ts']
  return start(process.execPath, args, environment, `http://127.0.0.1:${port}`, '/api/health/ready', checkout)
}

export async function startBareRoute(): Promise<Server> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./bare-route.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string]
  return {
    url,
    pid: child.pid as number,
    startSeconds: 0,
    memory: () => memoryOf(child),
    cpuSeconds: () => cpuSecondsOf(child),
    stop: () => stop(child),
  }
}

/** The Flask backend in `folder` under gunicorn, as its README starts it, with its cache. */
export async function startPeer(folder: string, python: string, databaseUrl: string): Promise<Server> {
  const port = await freePort()
  const args = ['-w', '1', '--threads', '4', '--timeout', '600', '-b', `127.0.0.1:${port}`, 'flask_backend:app']
  const environment = { DATABASE_URL: databaseUrl, PEER_CACHE: '1' }
  const command = ['-m', 'gunicorn', '--chdir', resolve(folder), ...args]
  return start(python, command, environment, `http://127.0.0.1:${port}`, '/api/health')
}

async function start(
  command: string,
  args: readonly string[],
  environment: Record<string, string>,
  url: string,
  readyPath: string,
  folder = ROOT,
): Promise<Server> {
  const startedAt = performance.now()
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr?.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-2000)
  })
  while (!(await isOk(url + readyPath))) {
    if (child.exitCode !== null) throw new Error(`${command} ${args.join(' ')} ended: ${complaint}`)
    if (performance.now() - startedAt > START_TIMEOUT_MS) throw new Error(`${url} is not ready: ${complaint}`)
    await new Promise((done) => setTimeout(done, 5))
  }
  const startSeconds = (performance.now() - startedAt) / 1000
  return {
    url,
    pid: child.pid as number,
    startSeconds,
    memory: () => memoryOf(child),
    cpuSeconds: () => cpuSecondsOf(child),
    stop: () => stop(child),
  }
}

async function isOk(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.arrayBuffer()
      return response.status === 200
    },
    () => false,
  )
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

function memoryOf({ pid }: ChildProcess): Memory {
  const trainer = readProc(`/proc/${pid}/task/${pid}/children`).trim().split(' ')[0]
  return {
    nowMb: residentMb(pid, 'VmRSS'),
    peakMb: residentMb(pid, 'VmHWM'),
    trainerNowMb: trainer === '' || trainer === undefined ? 0 : residentMb(trainer, 'VmRSS'),
  }
}

/** In ticks of a hundredth of a second, as Linux has them for programs. */
function cpuSecondsOf({ pid }: ChildProcess): number {
  const fields = readProc(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function residentMb(pid: number | string | undefined, field: string): number {
  const line = readProc(`/proc/${pid}/status`)
    .split('\n')
    .find((text) => text.startsWith(`${field}:`))
  return (Number(line?.split(/\s+/)[1] ?? Number.NaN) * 1024) / 1e6
}

/** Empty where the system has no such file. */
function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

export function predictUrl({ url }: Server, run: number): string {
  return `${url}/api/predict?model_run_id=${run}`
}
