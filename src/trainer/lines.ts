// Lines out of a stream, of bounded length whatever is written into it.
import type { Readable } from 'node:stream'

const LINE_LENGTH_MAX = 16_384

/** Calls `onLine` with every line of UTF-8; what is longer than 16 KiB is cut there and its rest passed over. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let held = ''
  let isSkipping = false
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const parts = chunk.split('\n')
    parts.forEach((part, i) => {
      if (!isSkipping) held += part
      if (held.length > LINE_LENGTH_MAX) {
        onLine(held.slice(0, LINE_LENGTH_MAX))
        held = ''
        isSkipping = true
      }
      if (i === parts.length - 1) return
      if (!isSkipping) onLine(held)
      held = ''
      isSkipping = false
    })
  })
  stream.on('end', () => {
    if (held !== '') onLine(held)
  })
  // A process that is killed breaks its pipes; that it ended is told elsewhere.
  stream.on('error', () => {})
}
