// Counts the parts that fitted estimators make with a prediction and keep for the next: layouts of trees, what explains.

let count = 0

/** To be called where a fitted estimator has made such a part: what it holds has grown. */
export function tellPartKept(): void {
  count += 1
}

/** Parts that this thread has kept so far. Where it has grown, the memory of estimators is to be counted again. */
export function partsKept(): number {
  return count
}
