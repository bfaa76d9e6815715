// Scores in a file, a line for each table as soon as it is there, so that a run that was cut off goes on where it was.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'

export type Scores = Readonly<Record<string, readonly (number | null)[]>>
type Side = 'ours' | 'theirs'

interface KeptLine {
  readonly side: Side
  readonly table: string
  readonly scores: Scores
}

export class KeptScores {
  private readonly file: string | undefined
  private readonly scores = { ours: new Map<string, Scores>(), theirs: new Map<string, Scores>() }

  /** file: undefined keeps nothing beyond this run. */
  constructor(file: string | undefined) {
    this.file = file
    if (file === undefined || !existsSync(file)) return
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      // The last line may have been cut off.
      if (line.endsWith('}')) this.take(JSON.parse(line) as KeptLine)
    }
  }

  add(line: KeptLine): void {
    this.take(line)
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(line)}\n`)
  }

  get(side: Side, table: string): Scores {
    return this.scores[side].get(table) ?? {}
  }

  private take({ side, table, scores }: KeptLine): void {
    this.scores[side].set(table, { ...this.get(side, table), ...scores })
  }
}
