// What a storage in a local folder holds.
import { readdir } from 'node:fs/promises'

/** The names of its files, also of those that are being written, in order. */
export async function storedFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort()
}
