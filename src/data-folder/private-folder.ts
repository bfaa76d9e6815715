// Keeps a folder to its owner: rows lie in it in the clear. Folders of earlier versions are tightened, and that is told.
import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'

/** Rights of the group and of others. */
const OF_OTHERS = 0o077
/** The embedded PostgreSQL, node-setup.cjs and the storage look after their own folders. */
const LEFT_OUT = new Set(['postgres', 'compile-cache', 'storage'])
/** Entries that are looked at; there are some thousand at the most. */
const ENTRIES_MAX = 100_000

/**
 * Takes all rights of others off the folder and what lies in it. What is not ours to change is told, and stays: a volume
 * may belong to another user. Links are not followed. O(entries), at most 100,000.
 */
export async function keepPrivate(folder: string, log: Logger): Promise<void> {
  const paths = [folder]
  let tightened = 0
  for (let i = 0; i < paths.length && i < ENTRIES_MAX; i++) {
    const path = paths[i] as string
    const found = await lstat(path).catch(() => undefined)
    if (found === undefined || found.isSymbolicLink() || found.isSocket()) continue
    if (hasRightsOfOthers(path === folder, found.mode)) {
      try {
        await chmod(path, found.mode & 0o700)
        tightened += 1
      } catch (error) {
        log.warn({ err: error, path }, 'others can read what the worker keeps there, and it may not change that')
      }
    }
    if (!found.isDirectory()) continue
    const names = await readdir(path)
    for (const name of names) if (path !== folder || !LEFT_OUT.has(name)) paths.push(join(path, name))
  }
  if (tightened > 0) log.warn({ folder, entries: tightened }, 'others could read what the worker keeps; not any more')
}

/** The group of the embedded PostgreSQL may pass through the folder itself, where the worker is root. */
function hasRightsOfOthers(isTop: boolean, mode: number): boolean {
  return (mode & (isTop ? OF_OTHERS & ~0o010 : OF_OTHERS)) !== 0
}
