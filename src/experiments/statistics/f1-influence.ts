// F1 averaged over classes, and how much each row moves it: all from counts of answers and truths.

/** [answer, truth, count]; −1 is no class. */
export type ClassCell = readonly [answer: number, truth: number, count: number]

export interface F1Influence {
  /** The mean of the classes' F1, from 0 to 1. */
  readonly value: number
  /** How much a row of this answer and truth moves it, times the number of rows; its mean over the rows is 0. */
  influence(answer: number, truth: number): number
}

/**
 * F1 of a class is Σu / Σw with u = 2·[answer and truth are it] and w = [answer is it] + [truth is it], which is
 * 2·TP + FP + FN. A row moves the ratio by (u − F·w) / w̄ (the delta method; Cochran 1977, "Sampling techniques", 6.4), and the
 * mean over classes by the mean of these. undefined where no row has one of the classes. O(cells + classes).
 *
 * classes  that are averaged over; those that no row has, in answer or truth, are left out
 */
export function f1Influence(cells: readonly ClassCell[], classes: readonly number[]): F1Influence | undefined {
  const occurrences = new Map<number, number>()
  const hits = new Map<number, number>()
  let rows = 0
  for (const [answer, truth, count] of cells) {
    rows += count
    add(occurrences, answer, count)
    add(occurrences, truth, count)
    if (answer === truth) add(hits, answer, count)
  }
  const averaged = classes.filter((code) => (occurrences.get(code) ?? 0) > 0)
  if (averaged.length === 0) return undefined
  const scores = new Map(
    averaged.map((code) => [code, (2 * (hits.get(code) ?? 0)) / (occurrences.get(code) as number)]),
  )
  const perOccurrence = (code: number): number =>
    scores.has(code) ? rows / (occurrences.get(code) as number) / averaged.length : 0
  const lost = (code: number): number => (scores.get(code) ?? 0) * perOccurrence(code)
  return {
    value: averaged.reduce((sum, code) => sum + (scores.get(code) as number), 0) / averaged.length,
    influence: (answer, truth) => (answer === truth ? 2 * perOccurrence(answer) : 0) - lost(answer) - lost(truth),
  }
}

/** Classes that some row has, in answer or truth, in order. */
export function classesOf(cells: readonly ClassCell[]): number[] {
  const found = new Set<number>()
  for (const [answer, truth, count] of cells) if (count > 0) found.add(answer).add(truth)
  return [...found].filter((code) => code >= 0).sort((a, b) => a - b)
}

function add(counts: Map<number, number>, code: number, count: number): void {
  counts.set(code, (counts.get(code) ?? 0) + count)
}
