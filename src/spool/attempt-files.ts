// What lies beside a run in the spool: how often its training was begun, what came of it, and its artifact.
import { readFile } from 'node:fs/promises'
import { replaceFlushed } from '../data-folder/flushed-files.ts'
import type { SealingKey } from '../encryption/key-ring.ts'
import { isSealed } from '../encryption/sealed-layout.ts'
import { openWhole, sealParts } from '../encryption/sealing.ts'
import { type CipherOf, noCipher } from './spool-file.ts'
import type { TrainingOutcome } from './training-outcome.ts'

/** Where an attempt to train a spooled run leaves its artifact: each has a file of its own. */
export function artifactPath(spoolPath: string, attempt: number): string {
  return `${spoolPath}.${attempt}.artifact`
}

/**
 * Leaves the outcome of a training beside its spool file, flushed: once it is there, the training is not repeated. Sealed
 * where there is a key, which is to be used once.
 */
export async function writeOutcome(spoolPath: string, outcome: TrainingOutcome, sealing?: SealingKey): Promise<void> {
  const bytes = [Buffer.from(JSON.stringify(outcome))]
  await replaceFlushed(outcomePath(spoolPath), sealing === undefined ? bytes : sealParts(sealing, bytes))
}

/** The outcome of a training that has ended, or undefined. Throws SealedError where it cannot be opened. */
export async function readOutcome(
  spoolPath: string,
  cipherOf: CipherOf = noCipher,
): Promise<TrainingOutcome | undefined> {
  try {
    const bytes = await readFile(outcomePath(spoolPath))
    const text = isSealed(bytes) ? openWhole(cipherOf(bytes), bytes) : bytes
    return JSON.parse(text.toString('utf8')) as TrainingOutcome
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** How often the training of a spooled run was begun and has not ended. */
export async function readAttempts(spoolPath: string): Promise<number> {
  const text = await readFile(attemptsPath(spoolPath), 'utf8').catch(() => '0')
  return Number.parseInt(text, 10) || 0
}

export async function writeAttempts(spoolPath: string, attempts: number): Promise<void> {
  await replaceFlushed(attemptsPath(spoolPath), [Buffer.from(String(attempts))])
}

export function outcomePath(spoolPath: string): string {
  return `${spoolPath}.outcome`
}

function attemptsPath(spoolPath: string): string {
  return `${spoolPath}.attempts`
}
