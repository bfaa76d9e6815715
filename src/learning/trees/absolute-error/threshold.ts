// The number that stands between two neighbouring values of a column.

/**
 * The midpoint of a < b, rounded to a float32 where that still separates them, so that a tree of n splits is stored in
 * 4n bytes; t of the answer holds a <= t < b. The sum of halves does not overflow.
 */
export function midpoint(a: number, b: number): number {
  const middle = a / 2 + b / 2
  return separating(a, b, middle >= a && middle < b ? middle : a)
}

/** t as a float32 where that separates a and b as well, else t. */
export function separating(a: number, b: number, t: number): number {
  const rounded = Math.fround(t)
  return rounded >= a && rounded < b ? rounded : t
}
