// What a training says, as long as it is in this process: its first lines and its last ones, within a bound.
import type { LogLine } from './log-line.ts'

/** Bytes of the first lines, which go to disk as they come, and of the last ones, which go there at the end. */
export const HEAD_BYTES_MAX = 64 * 1024
const TAIL_BYTES_MAX = 64 * 1024
/** Characters of a line. */
const LINE_LENGTH_MAX = 4_000
/** What a line takes besides its text. */
const LINE_OVERHEAD_BYTES = 100

export class RunLog {
  private readonly head: LogLine[] = []
  private headBytes: number
  private tail: LogLine[] = []
  private tailBytes = 0
  private lastId = 0
  private leftOutCount = 0
  /** The first line that is left out. */
  private firstLeftOut: LogLine | undefined
  private writtenCount = 0

  /** earlierBytes: of an earlier attempt, on disk already. */
  constructor(earlierBytes = 0) {
    this.headBytes = earlierBytes
  }

  /** time: milliseconds since 1970. */
  add(time: number, source: LogLine['source'], text: string): void {
    this.lastId = Math.max(Math.floor(time * 1000), this.lastId + 1)
    const line = { id: this.lastId, time: new Date(time).toISOString(), source, text: text.slice(0, LINE_LENGTH_MAX) }
    const bytes = bytesOf(line)
    if (this.tail.length === 0 && this.headBytes + bytes <= HEAD_BYTES_MAX) {
      this.head.push(line)
      this.headBytes += bytes
      return
    }
    this.tail.push(line)
    this.tailBytes += bytes
    while (this.tailBytes > TAIL_BYTES_MAX) this.leaveOut()
  }

  private leaveOut(): void {
    const left = this.tail.shift() as LogLine
    this.firstLeftOut ??= left
    this.leftOutCount += 1
    this.tailBytes -= bytesOf(left)
  }

  /** The lines after the one with that id. */
  after(id: number): LogLine[] {
    return [...this.head, ...this.rest].filter((line) => line.id > id)
  }

  /** First lines that were not taken yet, to be written. */
  takeUnwritten(): readonly LogLine[] {
    const lines = this.head.slice(this.writtenCount)
    this.writtenCount = this.head.length
    return lines
  }

  /** Takes out lines by their text. Returns how many went that were not taken to be written. */
  erase(isMentioned: (text: string) => boolean): number {
    const isOther = ({ text }: LogLine): boolean => !isMentioned(text)
    const [written, unwritten] = [this.head.slice(0, this.writtenCount), this.head.slice(this.writtenCount)]
    const [writtenRest, unwrittenRest] = [written.filter(isOther), unwritten.filter(isOther)]
    const tail = this.tail.filter(isOther)
    const erased = unwritten.length - unwrittenRest.length + this.tail.length - tail.length
    this.head.splice(0, this.head.length, ...writtenRest, ...unwrittenRest)
    this.writtenCount = writtenRest.length
    this.tail = tail
    this.tailBytes = tail.reduce((sum, line) => sum + bytesOf(line), 0)
    return erased
  }

  /** What goes behind the first lines. */
  get rest(): readonly LogLine[] {
    if (this.firstLeftOut === undefined) return this.tail
    const { id, time } = this.firstLeftOut
    const notice = { id, time, source: 'worker', text: `${this.leftOutCount} lines are left out here` } as const
    return [notice, ...this.tail]
  }
}

function bytesOf({ text }: LogLine): number {
  return Buffer.byteLength(text) + LINE_OVERHEAD_BYTES
}
