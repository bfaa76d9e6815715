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

/** Of one kind and one coding of classes, one at the least. O(entries). */
export function sumOf(all: readonly [Sums, ...Sums[]]): Sums {
  const [first, ...others] = all
  if (others.length === 0) return first
  if (all.every((sums) => sums.kind === 'classes')) return sumOfClasses(all)
  return others.reduce((sum, part) => {
    if (sum.kind === 'numbers' && part.kind === 'numbers') return addNumbers(sum, part)
    throw new TypeError(`expected sums of one kind, got ${sum.kind} and ${part.kind}`)
  }, first)
}

function sumOfClasses(all: readonly ClassSums[]): ClassSums {
  const confusion = new Map<number, [answer: number, truth: number, count: number]>()
  const scores = new Map<number, [code: number, count: number, confidence: number]>()
  const losses: [number, number, number] = [0, 0, 0]
  let unlabelled = 0
  for (const sums of all) {
    unlabelled += sums.unlabelled
    sums.losses.forEach((part, i) => {
      losses[i] = (losses[i] as number) + part
    })
    for (const [answer, truth, count] of sums.confusion) {
      const key = answer * CODES_MAX + truth
      const before = confusion.get(key)
      if (before === undefined) confusion.set(key, [answer, truth, count])
      else before[2] += count
    }
    for (const [code, count, confidence] of sums.scores) {
      const before = scores.get(code)
      if (before === undefined) scores.set(code, [code, count, confidence])
      else {
        before[1] += count
        before[2] += confidence
      }
    }
  }
  return { kind: 'classes', unlabelled, confusion: [...confusion.values()], scores: [...scores.values()], losses }
}

/** Above every code of a class. */
const CODES_MAX = 2 ** 26

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
