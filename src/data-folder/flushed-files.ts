// Files that are on the disk, with their folder, when the call returns.
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a file in whole and flushes it to the disk. Its name may not be there after a power cut: see flushFolder. */
export async function writeFlushed(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    for (const chunk of chunks) await file.writeFile(chunk)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Puts a file in the place of the one before, or leaves that as it was; flushed with its folder. */
export async function replaceFlushed(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const part = `${path}.part`
  try {
    await writeFlushed(part, chunks)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  await flushFolder(dirname(path))
}

/** Makes what was created, renamed or removed in a folder outlast a power cut. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
