// How far a training is, in one line that is written over.
import type { Terminal } from './command.ts'

const WIDTH = 30
const REDRAW_MS = 50

/** Draws on standard error while that is a terminal, and nothing at all otherwise. */
export class ProgressBar {
  private readonly write: (text: string) => void
  private readonly isDrawn: boolean
  private drawnAt = Number.NEGATIVE_INFINITY

  constructor({ isInteractive }: Terminal, write: (text: string) => void = (text) => process.stderr.write(text)) {
    this.isDrawn = isInteractive
    this.write = write
  }

  show(done: number, of: number, step: string): void {
    const now = performance.now()
    if (!this.isDrawn || (now - this.drawnAt < REDRAW_MS && done < of)) return
    this.drawnAt = now
    const share = of > 0 ? Math.min(1, done / of) : 0
    const filled = Math.round(share * WIDTH)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`
    this.write(`\r\x1b[2K${bar} ${String(Math.round(100 * share)).padStart(3)} %  ${step}`)
  }

  /** Takes the line away. */
  end(): void {
    if (this.isDrawn && Number.isFinite(this.drawnAt)) this.write('\r\x1b[2K')
    this.drawnAt = Number.NEGATIVE_INFINITY
  }
}
