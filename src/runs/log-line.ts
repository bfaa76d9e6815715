// A line of a run's log, and its two forms: NDJSON, as it is kept on disk, and text.

export interface LogLine {
  /** Grows from line to line of a run, over restarts too: microseconds since 1970, or one more than the line before. */
  readonly id: number
  /** ISO 8601. */
  readonly time: string
  /** Who says it: the worker about the training, or the model class. */
  readonly source: 'worker' | 'stdout' | 'stderr'
  readonly text: string
}

export function toNdjson(lines: readonly LogLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** The lines in such a text. What was cut off in the middle, by a process that was killed, is passed over. */
export function fromNdjson(text: string): LogLine[] {
  return text.split('\n').flatMap((json) => {
    try {
      const line = JSON.parse(json) as LogLine
      return Number.isSafeInteger(line?.id) && typeof line.text === 'string' ? [line] : []
    } catch {
      return []
    }
  })
}

export function toText(lines: readonly LogLine[]): string {
  return lines.map(({ time, source, text }) => `${time} ${source.padEnd(6)} ${text}\n`).join('')
}
