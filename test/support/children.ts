// Processes that a process has started, as the system tells it.
import { readFile } from 'node:fs/promises'

/** Ids of the living processes that a process has started. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const children = text.trim().split(/\s+/).filter(Boolean).map(Number)
  const alive = await Promise.all(children.map(isAlive))
  return children.filter((_, i) => alive[i])
}

/** Kills the processes that a process has started; one that ends by itself meanwhile is gone as well. */
export async function killChildrenOf(pid: number): Promise<void> {
  for (const child of await childrenOf(pid)) {
    try {
      process.kill(child, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** A process that has ended and waits for its parent to ask is over as well. */
export async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return status !== undefined && !/\) Z /.test(status)
}
