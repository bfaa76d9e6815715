// What lies beside a run in the spool: how often its training was begun, what came of it, and its artifact.
import { readFile } from 'node:fs/promises'
import { replaceFlushed } from '../data-folder/flushed-files.ts'
import type { TrainingOutcome } from './training-outcome.ts'

/** Where an attempt to train a spooled run leaves its artifact: each has a file of its own. */
export function artifactPath(spoolPath: string, attempt: number): string {
  return `${spoolPath}.${attempt}.artifact`
}

/** Leaves the outcome of a training beside its spool file, flushed: once it is there, the training is not repeated. */
export async function writeOutcome(spoolPath: string, outcome: TrainingOutcome): Promise<void> {
  await replaceFlushed(outcomePath(spoolPath), [Buffer.from(JSON.stringify(outcome))])
}

/** The outcome of a training that has ended, or undefined. */
export async function readOutcome(spoolPath: string): Promise<TrainingOutcome | undefined> {
  try {
    return JSON.parse(await readFile(outcomePath(spoolPath), 'utf8')) as TrainingOutcome
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

function outcomePath(spoolPath: string): string {
  return `${spoolPath}.outcome`
}

function attemptsPath(spoolPath: string): string {
  return `${spoolPath}.attempts`
}
