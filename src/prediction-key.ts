// The key by which a caller knows a prediction, wherever it is given: one text, whatever form of body brings it.

/** Characters of a key. */
export const PREDICTION_KEY_LENGTH_MAX = 200

export const PREDICTION_KEY_DETAIL = `expected a text of 1 to ${PREDICTION_KEY_LENGTH_MAX} characters, or a whole number up to 2^53 - 1`

/**
 * The text of a key: of a text itself, letter by letter, of a whole number its decimal digits, so that 7, 7.0 and "7" are one
 * key, and "7.0" and "007" are others. Undefined of what is no key: nothing, an empty or too long text, a number that is
 * not whole or beyond 2^53 - 1, whose digits may have been rounded, true and false, and what PostgreSQL takes for no text.
 */
export function predictionKeyOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value + 0) : undefined
  const isKey =
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= 2 * PREDICTION_KEY_LENGTH_MAX &&
    // Characters: one outside the basic plane counts once.
    (value.length <= PREDICTION_KEY_LENGTH_MAX || [...value].length <= PREDICTION_KEY_LENGTH_MAX) &&
    !value.includes('\0') &&
    value.isWellFormed()
  return isKey ? value : undefined
}
