// Where the records of a text end, without reading what is in them: lines of a CSV, row objects of JSON.
import type { ByteWindow } from '../../rows/byte-window.ts'

const LF = 0x0a
const CR = 0x0d
const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACE = 0x7b
const BRACE_END = 0x7d

/** Bytes [start, end) of what was handed out with them. */
export interface RecordPlace {
  readonly start: number
  readonly end: number
}

/** Told of whole records, and the bytes in which they lie; the bytes are valid during the call only. */
export type TakeRecords = (bytes: Buffer, places: readonly RecordPlace[]) => void

/**
 * Lines of a CSV whose quotes are in order, with what ends them; quote: −1 where there is none. A line break between quotes
 * is part of a value. `from`: where in the window the first line begins. Throws BODY_MALFORMED of a line of more than 64 MiB.
 * O(bytes); holds a window.
 */
export function eachLine(window: ByteWindow, from: number, quote: number, take: TakeRecords): void {
  let [start, at] = [from, from]
  let isQuoted = false
  for (;;) {
    const places: RecordPlace[] = []
    const { bytes, end } = window
    for (; at < end; at++) {
      const byte = bytes[at]
      if (byte === quote) isQuoted = !isQuoted
      else if (!isQuoted && (byte === LF || byte === CR)) {
        // Whether a line feed follows is in what comes next.
        if (byte === CR && at + 1 === end) break
        if (byte === CR && bytes[at + 1] === LF) at += 1
        places.push({ start, end: at + 1 })
        start = at + 1
      }
    }
    if (places.length > 0) take(bytes, places)
    at -= start
    const isMore = window.more(start)
    start = 0
    if (isMore) continue
    if (window.end > 0) take(window.bytes, [{ start: 0, end: window.end }])
    return
  }
}

/**
 * Row objects of valid JSON, one after the other or in a list, without what is between them. Returns whether they were in a
 * list. Throws BODY_MALFORMED of a row of more than 64 MiB. O(bytes); holds a window.
 */
export function eachRowObject(window: ByteWindow, take: TakeRecords): boolean {
  let isList: boolean | undefined
  let [start, at, depth] = [0, 0, 0]
  let [isString, isEscaped] = [false, false]
  for (;;) {
    const places: RecordPlace[] = []
    const { bytes, end } = window
    for (; at < end; at++) {
      const byte = bytes[at] as number
      if (isString) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) isString = false
      } else if (byte === QUOTE) isString = true
      else if (byte === BRACE) {
        isList ??= false
        if (depth++ === 0) start = at
      } else if (byte === BRACE_END && --depth === 0) places.push({ start, end: at + 1 })
      else if (byte === BRACKET) isList ??= true
    }
    if (places.length > 0) take(bytes, places)
    const keep = depth === 0 ? end : start
    at -= keep
    start = 0
    if (!window.more(keep)) return isList === true
  }
}
