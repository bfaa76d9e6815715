// A number of JSON that every client takes for a double.

/** From here on String writes an exponent. */
const EXPONENT_FROM = 1e21

/**
 * The digits of JSON.stringify, with a decimal point or an exponent always, so that clients that look at how a number is
 * written take all of a column for doubles; null where it is no number.
 */
export function doubleText(value: number): string {
  if (value % 1 !== 0) return Number.isFinite(value) ? String(value) : 'null'
  // Most probabilities of trees are one of these.
  if (value === 0) return '0.0'
  if (value === 1) return '1.0'
  return value < EXPONENT_FROM && value > -EXPONENT_FROM ? `${value}.0` : String(value)
}
