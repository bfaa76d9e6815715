// Whether a crash of this process would write its memory, with the keys in it, into a file.
import { readFile } from 'node:fs/promises'

/** One line where the soft limit on core files is not 0; undefined where it is, and where the system does not tell. */
export async function coreFilesWarning(path = '/proc/self/limits'): Promise<string | undefined> {
  const limits = await readFile(path, 'utf8').catch(() => '')
  const [, soft] = /^Max core file size +(\S+)/m.exec(limits) ?? []
  if (soft === undefined || soft === '0') return undefined
  const remedy = 'LimitCORE=0 in a unit, --ulimit core=0 of a container, ulimit -c 0 by hand'
  return `a crash may write a core file, with the keys in it: the limit on core files is ${soft}; ${remedy}`
}
