// Names of single predictions: UUIDs of version 7 (RFC 9562), which are in the order in which they were made.
import { randomInt } from 'node:crypto'

/** Hexadecimal digits of an id that count the rows of its request. */
const ROW_DIGITS = 7
const ROWS_MAX = 16 ** ROW_DIGITS
/** Requests of one millisecond; those beyond it take numbers of the next one. */
const REQUESTS_OF_MS = 0x1000
/** Digits that are the process's own, beside two bits before them. */
const PROCESS_DIGITS = 8

/**
 * What the ids of a request begin with. All ids of it are there before its rows are: a thread that makes the answer is told
 * this much. An id is 48 bits of milliseconds since 1970, 12 bits that count the requests of that millisecond, 34 random
 * bits of the process, and 28 bits that count the rows. So no two requests of a process share an id, whatever the clock does,
 * and two processes only where they have drawn the same 34 bits. Ids are names and no secrets: they can be guessed.
 */
export class PredictionIds {
  private readonly now: () => number
  private readonly ofProcess: string
  private ms = -1
  private msText = ''
  private requests = 0

  /** now: milliseconds since 1970. */
  constructor(now: () => number = Date.now, random: (max: number) => number = (max) => randomInt(max)) {
    this.now = now
    const ofProcess = random(16 ** PROCESS_DIGITS)
      .toString(16)
      .padStart(PROCESS_DIGITS, '0')
    this.ofProcess = `-${'89ab'[random(4)]}${ofProcess.slice(0, 3)}-${ofProcess.slice(3)}`
  }

  /** Of the next request. */
  next(): string {
    const now = this.now()
    // A clock that was set back is waited for: the order of ids goes on.
    if (now > this.ms) this.begin(now)
    else if (this.requests === REQUESTS_OF_MS) this.begin(this.ms + 1)
    const request = (this.requests++ + REQUESTS_OF_MS).toString(16).slice(1)
    return `${this.msText}-7${request}${this.ofProcess}`
  }

  private begin(ms: number): void {
    const text = ms.toString(16).padStart(12, '0')
    this.ms = ms
    this.msText = `${text.slice(0, 8)}-${text.slice(8)}`
    this.requests = 0
  }
}

/** The id of a row, counted from 0, of the request whose ids begin so. A table has fewer rows than there are numbers for. */
export function idOfRow(prefix: string, row: number): string {
  return prefix + (ROWS_MAX + row).toString(16).slice(1)
}
