// An order of categories in which one cut is a good split for many classes.

const ROUNDS = 12

/**
 * Scores each category by the first principal component of its class probabilities, weighted by the category
 * (Coppersmith, Hong and Hosking 1999, "Partitioning nominal attributes in decision trees"). With two classes that is
 * the order by the share of one class, which holds the best split (Breiman et al. 1984, theorem 4.5); with more it is a
 * heuristic. The component comes from twelve rounds of the power method.
 *
 * table   categoryCount × classCount weights; overwritten
 * scores  one per category, NaN where the category has no weight
 * O(rounds × categories × classes).
 */
export function firstPrincipalScores(
  table: Float64Array,
  categoryCount: number,
  classCount: number,
  scores: Float64Array,
): void {
  const weights = new Float64Array(categoryCount)
  const mean = new Float64Array(classCount)
  let total = 0
  for (let q = 0; q < categoryCount; q++) {
    for (let k = 0; k < classCount; k++) {
      weights[q]! += table[q * classCount + k]!
      mean[k]! += table[q * classCount + k]!
    }
    total += weights[q]!
  }
  for (let q = 0; q < categoryCount; q++) {
    for (let k = 0; k < classCount; k++) {
      const share = weights[q]! > 0 ? table[q * classCount + k]! / weights[q]! : mean[k]! / total
      table[q * classCount + k] = share - mean[k]! / total
    }
  }
  let direction = widestClass(table, weights, categoryCount, classCount)
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(classCount)
    let length = 0
    for (let q = 0; q < categoryCount; q++) {
      const along = weights[q]! * dot(table, q * classCount, direction)
      for (let k = 0; k < classCount; k++) next[k]! += along * table[q * classCount + k]!
    }
    for (let k = 0; k < classCount; k++) length = Math.max(length, Math.abs(next[k]!))
    if (!(length > 0)) break
    direction = next.map((value) => value / length)
  }
  for (let q = 0; q < categoryCount; q++) {
    scores[q] = weights[q]! > 0 ? dot(table, q * classCount, direction) : Number.NaN
  }
}

/** The unit vector of the class whose probability varies most: never orthogonal to all that varies. */
function widestClass(table: Float64Array, weights: Float64Array, categoryCount: number, classCount: number) {
  let widest = 0
  let variance = -1
  for (let k = 0; k < classCount; k++) {
    let sum = 0
    for (let q = 0; q < categoryCount; q++) sum += weights[q]! * table[q * classCount + k]! ** 2
    if (sum > variance) {
      variance = sum
      widest = k
    }
  }
  const direction = new Float64Array(classCount)
  direction[widest] = 1
  return direction
}

function dot(table: Float64Array, start: number, direction: Float64Array): number {
  let sum = 0
  for (let k = 0; k < direction.length; k++) sum += table[start + k]! * direction[k]!
  return sum
}
