// What continued fractions by the modified method of Lentz share (Thompson and Barnett 1986).

/** A fraction that has not settled by then is taken as it is. */
export const FRACTION_ROUNDS_MAX = 100_000
const TINY = 1e-300

/** The value, or a tiny one instead of nothing: it is divided by. */
export function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}
