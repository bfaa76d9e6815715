// Trials of a search that are done, in a file beside the spool file: an attempt that follows a killed one goes on from them.
import { appendFileSync, readFileSync } from 'node:fs'
import type { TrialMemory } from '../model/search/run-search.ts'
import type { Evaluation } from '../model/search/trial.ts'

interface Line {
  /** Of the rows and the worker: rows may have been erased since. */
  readonly key: string
  readonly round: number
  readonly candidate: number
  readonly evaluation: Evaluation
}

export function trialPath(spoolPath: string): string {
  return `${spoolPath}.trials`
}

/**
 * What the file has under that key; each further trial is a line more. It spares work and is nothing that a
 * training depends on: a line that was torn counts as none, and a disk that takes no line ends no training.
 */
export function trialFile(path: string, key: string): TrialMemory {
  const known = new Map<string, Evaluation>()
  for (const line of linesOf(path)) {
    if (line.key === key) known.set(keyOf(line.round, line.candidate), line.evaluation)
  }
  return {
    recall: (round, candidate) => known.get(keyOf(round, candidate)),
    keep(round, candidate, evaluation) {
      try {
        // A line end first: the line before may be torn.
        appendFileSync(path, `\n${JSON.stringify({ key, round, candidate, evaluation } satisfies Line)}`, {
          mode: 0o600,
        })
      } catch {}
    },
  }
}

function keyOf(round: number, candidate: number): string {
  return `${round} ${candidate}`
}

function linesOf(path: string): Line[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Line]
    } catch {
      return []
    }
  })
}
