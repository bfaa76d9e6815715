// A file without a name: it takes bytes that are too many for the memory, and is gone with the process, however that ends.
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Runs `work` with an empty file in the folder, which is made where it is missing. Both are the owner's alone. */
export async function withUnnamedFile<T>(folder: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, randomUUID())
  const file = await open(path, 'wx+', 0o600)
  try {
    await rm(path)
    return await work(file)
  } finally {
    await file.close()
  }
}
