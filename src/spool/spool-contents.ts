// What a worker finds in its spool when it starts.
import type { Spool } from './spool.ts'
import { readSpoolEntry, type SpoolEntry, SpoolFileError } from './spool-file.ts'

export interface SpoolContents {
  /** In the order of their acceptance, one for a run. */
  readonly entries: readonly SpoolEntry[]
  readonly damaged: readonly SpoolFileError[]
}

/**
 * Reads the heads of all runs. Of two files for one run it removes the first: the disk failed when it was written, so
 * that it was refused.
 */
export async function readSpool(spool: Spool): Promise<SpoolContents> {
  const entries = new Map<number, SpoolEntry>()
  const damaged: SpoolFileError[] = []
  for (const path of await spool.list()) {
    try {
      const entry = await readSpoolEntry(path)
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
