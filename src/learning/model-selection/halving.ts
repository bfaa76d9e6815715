// Successive halving: many candidates on few rows, and fewer and fewer of them on more and more rows.

/** One round: the candidates that are left, and the rows that each is trained on. */
export interface Rung {
  readonly candidates: number
  readonly rows: number
}

/** Each round keeps a third of the candidates and gives them three times the rows. */
export const HALVING_FACTOR = 3

/**
 * The rounds of scikit-learn's HalvingRandomSearchCV with a given number of candidates and min_resources "exhaust": as
 * many as the candidates allow, and the first with so few rows that the last one has them all (Jamieson and Talwalkar
 * 2016, "Non-stochastic best arm identification and hyperparameter optimization").
 *
 * candidates   1 or more
 * rowsMin      rows that any round needs: scikit-learn's 2 × folds, times the classes of a classifier
 * rowCount     all rows; the last round has them
 */
export function rungsOf(candidates: number, rowsMin: number, rowCount: number): Rung[] {
  const wanted = 1 + floorLog(candidates)
  const possible = 1 + floorLog(Math.max(1, Math.floor(rowCount / rowsMin)))
  const count = Math.min(wanted, possible)
  const rungs: Rung[] = []
  let left = candidates
  for (let rung = 0; rung < count; rung++) {
    const rows = Math.min(rowCount, Math.floor(rowCount / HALVING_FACTOR ** (count - 1 - rung)))
    rungs.push({ candidates: left, rows })
    left = keptOf(left)
  }
  return rungs
}

/** How many of the candidates of a round go on to the next one. */
export function keptOf(candidates: number): number {
  return Math.ceil(candidates / HALVING_FACTOR)
}

/** The largest power of the factor in the number, without the error that logarithms make. */
function floorLog(value: number): number {
  let power = 0
  for (let reached = HALVING_FACTOR; reached <= value; reached *= HALVING_FACTOR) power += 1
  return power
}
