// What a worker holds of the system, and whether that is level.
import { readdir, readFile } from 'node:fs/promises'
import { childrenOf } from '../support/children.ts'

export interface Sample {
  readonly seconds: number
  /** Resident memory. */
  readonly serviceMib: number
  /** Open file descriptors: files, sockets, pipes. */
  readonly serviceFiles: number
  readonly trainerMib: number
  readonly trainerFiles: number
}

/**
 * Growth from the middle to the end, by the fitted line, that counts as level: memory breathes with the garbage
 * collector.
 */
const GROWTH_MIB_MAX = 24
/** Connections to the database come and go. */
const GROWTH_FILES_MAX = 4

/** Throws where the system has no /proc. */
export async function sampleOf(pid: number, seconds: number): Promise<Sample> {
  const [trainer] = await childrenOf(pid)
  if (trainer === undefined) throw new Error('no trainer process waits')
  return {
    seconds,
    serviceMib: await residentMib(pid),
    serviceFiles: await openFiles(pid),
    trainerMib: await residentMib(trainer),
    trainerFiles: await openFiles(trainer),
  }
}

/** One line for everything that grows over the second half of the samples. */
export function levelOf(samples: readonly Sample[]): string[] {
  const half = samples.slice(samples.length >> 1)
  const seconds = half.map((sample) => sample.seconds)
  const duration = (seconds.at(-1) as number) - (seconds[0] as number)
  return (
    [
      ['serviceMib', GROWTH_MIB_MAX],
      ['serviceFiles', GROWTH_FILES_MAX],
      ['trainerMib', GROWTH_MIB_MAX],
      ['trainerFiles', GROWTH_FILES_MAX],
    ] as const
  ).flatMap(([what, max]) => {
    const growth =
      slopeOf(
        seconds,
        half.map((sample) => sample[what]),
      ) * duration
    process.stdout.write(`${what}: ${growth.toFixed(1)} more over the second half, of at most ${max}\n`)
    return growth > max ? [`${what} grew by ${growth.toFixed(1)}`] : []
  })
}

/** The slope of the least-squares line. */
function slopeOf(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(xs), mean(ys)]
  const covariance = xs.reduce((sum, x, i) => sum + (x - meanX) * ((ys[i] as number) - meanY), 0)
  return covariance / xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0)
}

async function residentMib(pid: number): Promise<number> {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1024
}

async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}
