// x · log2 x, of which entropy is made: looked up for whole weights, computed for others.
import { type Routine, routine } from '../../wasm/routine.ts'
import { F64, I32 } from '../../wasm/values.ts'
import { logTableLength, type SharedPlaces } from './kernel-layout.ts'

/** Terms of the series below: the last is below 2^−53 of the first. */
const TERMS = 11

interface TableShape {
  readonly rowCount: number
  readonly shared: Pick<SharedPlaces, 'logTable'>
}

export type XLogXRoutine = Routine<{ readonly x: typeof F64 }, F64>

/** Fills the table that the routine looks into. */
export function fillLogTable(table: Float64Array): void {
  for (let x = 2; x < table.length; x++) table[x] = x * Math.log2(x)
}

/**
 * xLogX(x): 0 where x is not above 0, which rounding can bring about. With x = 2^e · m and m from √½ to √2,
 * log2 m = 2/ln 2 · artanh s = 2/ln 2 · (s + s³/3 + s⁵/5 …) with s = (m − 1)/(m + 1).
 */
export function xLogXRoutine({ shared, rowCount }: TableShape): XLogXRoutine {
  return routine('xLogX', { x: F64 }, F64, (w, { x }) => {
    const whole = w.keep(x.truncated())
    const isLow = whole.isAtLeast(0).and(whole.isBelow(logTableLength(rowCount)))
    w.if(whole.asF64().equals(x).and(isLow), () => w.return(shared.logTable.get(whole)))
    w.if(x.isAbove(0).isZero(), () => w.return(0))
    const bits = w.keep(x.bits())
    const exponent = w.keep(bits.shiftRight(52).asI32().minus(1023))
    const one = I32.of(1023).asI64().shiftLeft(52)
    const m = w.keep(bits.shiftLeft(12).shiftRight(12).or(one).asBitsOfF64())
    w.if(m.isAbove(Math.SQRT2), () => {
      w.set(m, m.times(0.5))
      w.add(exponent, 1)
    })
    const s = w.keep(m.minus(1).over(m.plus(1)))
    const z = w.keep(s.times(s))
    const sum = w.keep(F64.of(1 / (2 * TERMS + 1)))
    for (let term = TERMS - 1; term >= 0; term--) w.set(sum, sum.times(z).plus(1 / (2 * term + 1)))
    return x.times(exponent.asF64().plus(sum.times(s).times(2 / Math.LN2)))
  })
}
