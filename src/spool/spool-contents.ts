// What a worker finds in its spool when it starts.
import type { Spool } from './spool.ts'
import { type SpoolEntry, SpoolFileError } from './spool-file.ts'

export interface SpoolContents {
  /** In the order of their acceptance, one for a run. */
  readonly entries: readonly SpoolEntry[]
  readonly damaged: readonly SpoolFileError[]
}

/**
 * Reads the heads of all runs. Of two files for one run it removes the first: the disk failed when it was written, so
 * that it was refused. Throws EncryptionKeyError when keys are missing: what was accepted is not to be given up for that.
 */
export async function readSpool(spool: Spool): Promise<SpoolContents> {
  await spool.requireKeys()
  const entries = new Map<number, SpoolEntry>()
  const damaged: SpoolFileError[] = []
  for (const path of await spool.list()) {
    try {
      const entry = await spool.readEntry(path)
      const refused = entries.get(entry.run.runId)
      if (refused !== undefined) await spool.remove(refused.path)
      entries.delete(entry.run.runId)
      entries.set(entry.run.runId, entry)
    } catch (error) {
      if (!(error instanceof SpoolFileError)) throw error
      damaged.push(error)
    }
  }
  return { entries: [...entries.values()], damaged }
}
