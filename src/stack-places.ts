// The places of an error in the code, out of its stack. The words before them may quote a row, and forge lines.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The end of a frame of V8's. What stands before it may be a name that data gave; it is left out. */
const PLACE = /^ {4}at (?:.* )?\(?((?:file:\/\/\/|\/|[A-Z]:\\|node:)[^()\s]*?):(\d{1,7}):(\d{1,5})\)?$/
/** Frames that are given, and lines that are looked at. */
const PLACES_MAX = 30
const LINES_MAX = 500

/**
 * One place a line, as "    at FILE:LINE:COLUMN": only files that are there, and only behind the error's message, which
 * V8 writes before the frames. Empty when the stack does not hold the message, for then its end is not known.
 */
export function placesOf(stack: string | undefined, message: string): string {
  const at = stack?.indexOf(message) ?? -1
  if (stack === undefined || at === -1) return ''
  const places: string[] = []
  for (const line of stack.slice(at + message.length).split('\n', LINES_MAX)) {
    const [, file, row, column] = PLACE.exec(line) ?? []
    if (file !== undefined && isFile(file)) places.push(`    at ${file}:${row}:${column}`)
    if (places.length === PLACES_MAX) break
  }
  return places.join('\n')
}

function isFile(file: string): boolean {
  if (file.startsWith('node:')) return /^node:[a-z_/]+$/.test(file)
  try {
    return existsSync(file.startsWith('file:') ? fileURLToPath(file) : file)
  } catch {
    return false
  }
}
