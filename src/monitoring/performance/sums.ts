// What is kept of the predictions of an hour or a day and of their outcomes: sums that are added up, over hours, workers and
// versions, without the rows. Of one sampling weight each, so that counts stay whole numbers.

/** Code of a row whose outcome is none of the classes that the version knows. */
export const UNKNOWN_CLASS = -1

/** Of a version that answers with classes. */
export interface ClassSums {
  readonly kind: 'classes'
  /** Logged rows without an outcome. */
  readonly unlabelled: number
  /** Code of the answer, code of the outcome or UNKNOWN_CLASS, rows. */
  readonly confusion: readonly (readonly [answer: number, truth: number, count: number])[]
  /** Rows by cell, as scoreCode numbers them, with the sum of their confidences. Rows without a confidence are in none. */
  readonly scores: readonly (readonly [code: number, count: number, confidence: number])[]
  /** Of rows of two classes with a known outcome and a confidence: how many, the sum of their log losses, that of the squares. */
  readonly losses: readonly [count: number, sum: number, squares: number]
}

/** Of a version that answers with numbers. Rows with an outcome have the error e = outcome − answer. */
export interface NumberSums {
  readonly kind: 'numbers'
  readonly unlabelled: number
  /** Rows whose outcome is no number, or beyond 1e70: they are not judged. */
  readonly unjudged: number
  readonly count: number
  /** Of the outcomes. The central sums are of their distance d from it. */
  readonly mean: number
  readonly d2: number
  readonly d3: number
  readonly d4: number
  /** Sums of e, |e|, e², e⁴, e²·d and e²·d². */
  readonly errors: number
  readonly absolute: number
  readonly squares: number
  readonly fourths: number
  readonly squaresD: number
  readonly squaresD2: number
}

export type Sums = ClassSums | NumberSums

/** Both of one kind, and of one coding of classes. O(entries). */
export function addSums(a: Sums, b: Sums): Sums {
  if (a.kind === 'classes' && b.kind === 'classes') return addClasses(a, b)
  if (a.kind === 'numbers' && b.kind === 'numbers') return addNumbers(a, b)
  throw new TypeError(`expected sums of one kind, got ${a.kind} and ${b.kind}`)
}

function addClasses(a: ClassSums, b: ClassSums): ClassSums {
  return {
    kind: 'classes',
    unlabelled: a.unlabelled + b.unlabelled,
    confusion: merged(
      [...a.confusion, ...b.confusion],
      ([answer, truth]) => `${answer} ${truth}`,
      ([answer, truth, m], [, , n]) => [answer, truth, m + n] as const,
    ),
    scores: merged(
      [...a.scores, ...b.scores],
      ([code]) => code,
      ([code, m, c], [, n, d]) => [code, m + n, c + d] as const,
    ),
    losses: [a.losses[0] + b.losses[0], a.losses[1] + b.losses[1], a.losses[2] + b.losses[2]],
  }
}

/** Entries of one key as one, in the order of their first. */
export function merged<Entry>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string | number,
  add: (a: Entry, b: Entry) => Entry,
): Entry[] {
  const byKey = new Map<string | number, Entry>()
  for (const entry of entries) {
    const key = keyOf(entry)
    const before = byKey.get(key)
    byKey.set(key, before === undefined ? entry : add(before, entry))
  }
  return [...byKey.values()]
}

function addNumbers(a: NumberSums, b: NumberSums): NumberSums {
  const count = a.count + b.count
  const rows = { unlabelled: a.unlabelled + b.unlabelled, unjudged: a.unjudged + b.unjudged }
  if (a.count === 0 || b.count === 0) return { ...(a.count === 0 ? b : a), ...rows }
  const mean = a.mean + ((b.mean - a.mean) * b.count) / count
  const [p, q] = [movedTo(a, mean), movedTo(b, mean)]
  return {
    kind: 'numbers',
    ...rows,
    ...{ count, mean, d2: p.d2 + q.d2, d3: p.d3 + q.d3, d4: p.d4 + q.d4 },
    ...{ errors: a.errors + b.errors, absolute: a.absolute + b.absolute, squares: a.squares + b.squares },
    fourths: a.fourths + b.fourths,
    ...{ squaresD: p.squaresD + q.squaresD, squaresD2: p.squaresD2 + q.squaresD2 },
  }
}

/** The same rows around another point m: (y − m)ᵏ by the binomial theorem. O(1). */
export function movedTo(
  { count, mean, d2, d3, d4, squares, squaresD, squaresD2 }: NumberSums,
  m: number,
): Pick<NumberSums, 'd2' | 'd3' | 'd4' | 'squaresD' | 'squaresD2'> {
  const s = mean - m
  return {
    d2: d2 + count * s ** 2,
    d3: d3 + 3 * s * d2 + count * s ** 3,
    d4: d4 + 4 * s * d3 + 6 * s ** 2 * d2 + count * s ** 4,
    squaresD: squaresD + s * squares,
    squaresD2: squaresD2 + 2 * s * squaresD + s ** 2 * squares,
  }
}

/** Rows with an outcome, also those that are not judged. */
export function labelledIn(sums: Sums): number {
  if (sums.kind === 'numbers') return sums.count + sums.unjudged
  return sums.confusion.reduce((rows, [, , count]) => rows + count, 0)
}
