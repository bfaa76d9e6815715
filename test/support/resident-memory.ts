// The resident memory of a process, looked at from outside.
import { readFile, writeFile } from 'node:fs/promises'

const MIB = 2 ** 20

/** The most that a process held while the work was done, beyond what it held before; in bytes. */
export async function peakGrowth(pid: number, work: () => Promise<unknown>): Promise<number> {
  const before = await statusBytes(pid, 'VmRSS')
  // Sets the peak back to what is held now.
  await writeFile(`/proc/${pid}/clear_refs`, '5')
  await work()
  return (await statusBytes(pid, 'VmHWM')) - before
}

export function mibOf(bytes: number): number {
  return Math.round(bytes / MIB)
}

async function statusBytes(pid: number, name: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? []
  return Number(kib) * 1024
}
