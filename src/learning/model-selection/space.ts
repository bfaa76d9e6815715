// The values of parameters that a search tries: all combinations, or some that are drawn.
import { Random } from '../random.ts'

/** Numbers from min to max, both included. */
export interface ValueRange {
  readonly min: number
  readonly max: number
  /** Draws the logarithm evenly, in place of the number. */
  readonly log?: boolean
  /** Only integers. */
  readonly integer?: boolean
}

/** By parameter: the values to choose from, or a range of numbers. */
export type Space = { readonly [parameter: string]: readonly unknown[] | ValueRange }

/** One value for each parameter of a space. */
export type Candidate = { readonly [parameter: string]: unknown }

/** Of a drawn number: what a table can show, and fine enough for any parameter. */
const DIGITS = 6
/** Draws for one candidate that was not drawn before. */
const DRAWS_MAX = 20

export function isRange(values: Space[string]): values is ValueRange {
  return !Array.isArray(values)
}

/** Combinations of the lists; infinite where the space has a range. */
export function gridSize(space: Space): number {
  return Object.values(space).reduce(
    (size, values) => size * (isRange(values) ? Number.POSITIVE_INFINITY : values.length),
    1,
  )
}

/**
 * The combination with that index: parameters in alphabetical order, the last one changes fastest, as in scikit-learn's
 * ParameterGrid.
 */
export function gridPoint(space: Space, index: number): Candidate {
  let rest = index
  const chosen: [string, unknown][] = []
  for (const [name, values] of sorted(space).reverse()) {
    const list = values as readonly unknown[]
    chosen.unshift([name, list[rest % list.length]])
    rest = Math.floor(rest / list.length)
  }
  return Object.fromEntries(chosen)
}

/** Every combination of the lists. O(combinations × parameters). */
export function gridOf(space: Space): Candidate[] {
  return Array.from({ length: gridSize(space) }, (_, index) => gridPoint(space, index))
}

/**
 * Draws different candidates, as scikit-learn's ParameterSampler: of lists alone each combination at most once, so that
 * there may be fewer than asked for; else each parameter by itself. A range of few integers may give fewer, too.
 *
 * count   1 or more
 * seed    an integer from 0 to 2^32 − 1
 */
export function drawCandidates(space: Space, count: number, seed: number): Candidate[] {
  const random = new Random(seed, CANDIDATE_STREAM)
  const size = gridSize(space)
  if (size <= count) {
    const order = Int32Array.from({ length: size }, (_, i) => i)
    random.shuffle(order)
    return Array.from(order, (index) => gridPoint(space, index))
  }
  const drawn = new Map<string, Candidate>()
  for (let draws = 0; drawn.size < count && draws < count * DRAWS_MAX; draws++) {
    const candidate = Object.fromEntries(sorted(space).map(([name, values]) => [name, drawValue(values, random)]))
    const key = JSON.stringify(candidate)
    if (!drawn.has(key)) drawn.set(key, candidate)
  }
  return [...drawn.values()]
}
const CANDIDATE_STREAM = 1

function sorted(space: Space): [string, Space[string]][] {
  return Object.entries(space).sort(([a], [b]) => (a < b ? -1 : 1))
}

function drawValue(values: Space[string], random: Random): unknown {
  if (!isRange(values)) return values[random.integer(values.length)]
  const { min, max, log = false, integer = false } = values
  if (integer && !log) return min + Math.floor(random.uniform() * (max - min + 1))
  // Each integer has the numbers that round to it.
  const [from, to] = integer ? [min - 0.5, max + 0.5] : [min, max]
  const share = random.uniform()
  const value = log ? Math.exp(Math.log(from) + share * (Math.log(to) - Math.log(from))) : from + share * (to - from)
  const rounded = integer ? Math.round(value) : Number(value.toPrecision(DIGITS))
  return Math.min(max, Math.max(min, rounded))
}
