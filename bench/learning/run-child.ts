// Starts one measurement in a process of its own, and finds the Python that can measure the others.
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Measurement, Order } from './measurement.ts'

const OURS = fileURLToPath(new URL('./fit-ours.ts', import.meta.url))
const OURS_IN_CHECKOUT = 'bench/learning/fit-ours.ts'
const PEER = fileURLToPath(new URL('./peer.py', import.meta.url))

export interface Peers {
  readonly python: string
  /** What is installed, by name: scikit-learn always, lightgbm perhaps. */
  readonly versions: { readonly [name: string]: string }
}

/** The Python of the PYTHON variable or of the path, when it has scikit-learn; else the reason why there is none. */
export function findPeers(): Peers | string {
  const python = process.env['PYTHON'] ?? 'python3'
  const { status, stdout, stderr, error } = spawnSync(python, [PEER, 'versions'], { encoding: 'utf8' })
  if (status === 0) return { python, versions: JSON.parse(stdout) }
  return `${python}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`
}

/**
 * The measurement, or in words why there is none. A child that runs over the limit is killed.
 * `before` is the folder of another checkout of this project, which measures what is asked of the library `before`.
 */
export async function measure(
  order: Order,
  peers: Peers | string,
  limitSeconds: number,
  before?: string,
): Promise<Measurement | string> {
  const own =
    order.library === 'ours' ? OURS : order.library === 'before' ? join(before ?? '', OURS_IN_CHECKOUT) : undefined
  if (own === undefined && typeof peers === 'string') return peers
  const command = own !== undefined ? process.execPath : (peers as Peers).python
  const threads = String(order.threads)
  const env = { ...process.env, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads }
  const child = spawn(command, [own ?? PEER, JSON.stringify(order)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [output, complaint, isLate] = ['', '', false]
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (complaint = (complaint + chunk).slice(-4000)))
  const timer = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, limitSeconds * 1000)
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  clearTimeout(timer)
  if (isLate) return `over ${limitSeconds} s`
  if (status === 0) return JSON.parse(output.trim().split('\n').at(-1) as string) as Measurement
  return `failed: ${lastError(complaint)}`
}

/** The line of a stack trace that says what went wrong. */
function lastError(complaint: string): string {
  const lines = complaint.trim().split('\n')
  return (lines.findLast((line) => /Error\b/.test(line)) ?? lines.at(-1) ?? 'without a word').trim().slice(0, 200)
}
