// Numbers as JSON writes them, out of bytes.
import { DIGITS_MAX, decimal, HEAD_DIGITS_MAX } from './decimal.ts'

const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const ZERO = 0x30
/** Exponents are counted up to here: beyond it everything is zero or infinite. */
const EXPONENT_MAX = 99_999

export class NumberScanner {
  /** Where the last scan ended: behind the number, or where a digit was missing. */
  end = 0
  /** False when that was no number, or only the beginning of one. */
  isWhole = false

  /** The number that begins at `start`, to the bit that of JSON.parse. What follows must be no part of a number. */
  scan(bytes: Buffer, start: number): number {
    this.isWhole = false
    let i = start
    const isNegative = bytes[i] === MINUS
    if (isNegative) i++
    let head = 0
    let tail = 0
    let digits = 0
    let exponent = 0
    let digit = (bytes[i] as number) - ZERO
    if (digit === 0) {
      digit = (bytes[++i] as number) - ZERO
    } else {
      if (!(digit > 0 && digit <= 9)) return this.endAt(i)
      do {
        if (digits < HEAD_DIGITS_MAX) head = head * 10 + digit
        else if (digits < DIGITS_MAX) tail = tail * 10 + digit
        digits++
        digit = (bytes[++i] as number) - ZERO
      } while (digit >= 0 && digit <= 9)
    }
    if (bytes[i] === POINT) {
      const point = i
      digit = (bytes[++i] as number) - ZERO
      while (digit >= 0 && digit <= 9) {
        if (digits < HEAD_DIGITS_MAX) head = head * 10 + digit
        else if (digits < DIGITS_MAX) tail = tail * 10 + digit
        // Zeros before the first other digit count for nothing.
        if (digits > 0 || digit > 0) digits++
        digit = (bytes[++i] as number) - ZERO
      }
      if (i === point + 1) return this.endAt(i)
      exponent = point + 1 - i
    }
    const e = bytes[i]
    if (e === 0x65 || e === 0x45) {
      i++
      const isDown = bytes[i] === MINUS
      if (isDown || bytes[i] === PLUS) i++
      const first = i
      let scale = 0
      digit = (bytes[i] as number) - ZERO
      while (digit >= 0 && digit <= 9) {
        if (scale < EXPONENT_MAX) scale = scale * 10 + digit
        digit = (bytes[++i] as number) - ZERO
      }
      if (i === first) return this.endAt(i)
      exponent += isDown ? -scale : scale
    }
    this.end = i
    this.isWhole = true
    if (digits === 0) return isNegative ? -0 : 0
    const tailDigits = digits > HEAD_DIGITS_MAX ? digits - HEAD_DIGITS_MAX : 0
    const value = digits > DIGITS_MAX ? Number.NaN : decimal(head, tail, tailDigits, exponent)
    if (!Number.isNaN(value)) return isNegative ? -value : value
    return Number(bytes.toString('latin1', start, i))
  }

  /** True when the number that began at `start` was written out in digits and is an integer that a double may not hold. */
  isWideInteger(value: number, bytes: Buffer, start: number): boolean {
    if (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) return false
    for (let i = bytes[start] === MINUS ? start + 1 : start; i < this.end; i++) {
      const digit = (bytes[i] as number) - ZERO
      if (digit < 0 || digit > 9) return false
    }
    return true
  }

  private endAt(i: number): number {
    this.end = i
    return Number.NaN
  }
}
