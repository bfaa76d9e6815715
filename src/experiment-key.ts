// The key by which a request is a part of an experiment, wherever callers give it.

/** Characters of a key. */
export const EXPERIMENT_KEY_LENGTH_MAX = 200

/** What is wrong with a key as a JSON value; undefined of a usable one, and where none is given. */
export function experimentKeyFault(given: unknown): string | undefined {
  if (given === undefined) return undefined
  const isUsable =
    typeof given === 'string' &&
    given.length > 0 &&
    given.length <= 2 * EXPERIMENT_KEY_LENGTH_MAX &&
    // Characters, as in a query: one outside the basic plane counts once.
    [...given].length <= EXPERIMENT_KEY_LENGTH_MAX &&
    // Half of a surrogate pair: as UTF-8 it is the same as any other half.
    given.isWellFormed()
  return isUsable ? undefined : `expected a text of 1 to ${EXPERIMENT_KEY_LENGTH_MAX} characters`
}
