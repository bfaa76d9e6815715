// Load on one URL by wrk, a load generator in C that takes little of the machine it measures.
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./wrk.lua', import.meta.url))

export interface Load {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** File with the body of a POST; without it, a GET. */
  readonly bodyFile?: string
  /** Requests give so many keys in turn, as experiment_key. */
  readonly keys?: number | undefined
  /** As `Name: value`. */
  readonly headers?: readonly string[]
}

export interface LoadFigures {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly requests: number
  /** Answers that are no 2xx, and requests that had none. */
  readonly errors: number
}

export function wrkVersion(): string | undefined {
  const { error, stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' })
  return error === undefined ? (stdout.split('\n')[0]?.split(' [')[0] ?? 'wrk') : undefined
}

export async function load({
  url,
  connections,
  seconds,
  bodyFile = '-',
  headers = [],
  keys,
}: Load): Promise<LoadFigures> {
  const given = headers.flatMap((header) => ['-H', header])
  const pace = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s']
  const options = [...pace, ...given, '-s', SCRIPT, url, '--', bodyFile, ...(keys === undefined ? [] : [String(keys)])]
  const child = spawn('wrk', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (status !== 0) throw new Error(`wrk ended with ${status}: ${output}`)
  return JSON.parse(output.trim().split('\n').at(-1) as string) as LoadFigures
}
