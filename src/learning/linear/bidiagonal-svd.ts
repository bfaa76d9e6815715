// The singular values of a bidiagonal matrix, and what of its pseudoinverse one right-hand side needs.
import type { Breather } from '../breather.ts'
import { DataError } from '../errors.ts'
import { turn } from '../fit-context.ts'

/** Steps of QR for one singular value: two or three are usual. */
const STEPS_MAX = 60
const TINY = 2 ** -966

/** One step's rotations of neighbours from..to, or of each of them with `fixed`; pairs of cosine and sine. */
interface Sweep {
  readonly from: number
  readonly by: 1 | -1
  readonly fixed: number
  readonly rotations: Float64Array
}

/**
 * Solves B · z = c by singular values, B having a diagonal and one above it, or Bᵀ · z = c when `isTransposed`: of all z
 * that come closest the shortest, where singular values up to rankTolerance times the largest count as 0; the others,
 * σ, are divided by as 1 / (σ + penalty / σ).
 *
 * diagonal, above  Float64Arrays of n, overwritten; the last of `above` is not used
 * c                Float64Array of n, overwritten with z
 * Implicit QR steps (Golub and Reinsch 1970; LINPACK's dsvdc). The rotations of one side go to c at once, those of the
 * other are kept, and go to the solution in reverse: no singular vector is made. O(n²) time, and about 16 · n² bytes.
 * Returns the number of singular values that count. Throws FitStopped; DataError when a number is not finite.
 */
export async function solveBidiagonal(
  { diagonal, above }: { diagonal: Float64Array; above: Float64Array },
  c: Float64Array,
  { rankTolerance, penalty, isTransposed }: { rankTolerance: number; penalty: number; isTransposed: boolean },
  breather: Breather,
): Promise<number> {
  if (!diagonal.every(Number.isFinite) || !above.every(Number.isFinite)) {
    throw new DataError('the columns lead to numbers that overflow; scale them')
  }
  const kept: Sweep[] = []
  const takeLeft = (sweep: Sweep): void => {
    if (isTransposed) kept.push(sweep)
    else rotateTransposed(c, sweep)
  }
  const takeRight = (sweep: Sweep): void => {
    if (isTransposed) rotateTransposed(c, sweep)
    else kept.push(sweep)
  }
  let steps = 0
  for (let end = diagonal.length; end > 0; ) {
    if (breather.isTurnDue()) await turn()
    const { start, isSplit } = findBlock(diagonal, above, end)
    if (isSplit && start === end) takeRight(deflateLast(diagonal, above, end))
    else if (isSplit) takeLeft(splitAt(diagonal, above, start, end))
    else if (start === end - 1) {
      steps = 0
      end--
    } else {
      if (steps++ === STEPS_MAX) throw new DataError('the singular values of the columns were not found')
      qrStep(diagonal, above, start, end, takeLeft, takeRight)
    }
  }

  const largest = diagonal.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  let rank = 0
  for (let i = 0; i < c.length; i++) {
    const value = diagonal[i] as number
    const isCounted = Math.abs(value) > rankTolerance * largest
    // The quotient is taken in two steps, for a square may underflow.
    c[i] = isCounted ? (c[i] as number) / (value + penalty / value) : 0
    if (isCounted) rank++
  }
  for (let i = kept.length - 1; i >= 0; i--) rotateBack(c, kept[i] as Sweep)
  return rank
}

/**
 * The block start … end − 1 that hangs together at the end of what is left. isSplit: a diagonal entry in it is
 * negligible, the last one (start is end) or that before start.
 */
function findBlock(s: Float64Array, e: Float64Array, end: number): { start: number; isSplit: boolean } {
  let top = end - 1
  for (; top > 0; top--) {
    const size = Math.abs(s[top - 1] as number) + Math.abs(s[top] as number)
    if (Math.abs(e[top - 1] as number) <= TINY + Number.EPSILON * size) {
      e[top - 1] = 0
      break
    }
  }
  if (top === end - 1) return { start: top, isSplit: false }
  for (let i = end - 1; i >= top; i--) {
    const size = (i < end - 1 ? Math.abs(e[i] as number) : 0) + (i > top ? Math.abs(e[i - 1] as number) : 0)
    if (Math.abs(s[i] as number) <= TINY + Number.EPSILON * size) {
      s[i] = 0
      return { start: i + 1, isSplit: true }
    }
  }
  return { start: top, isSplit: false }
}

/** The last diagonal entry is 0: rotations from the right take what is above it away. */
function deflateLast(s: Float64Array, e: Float64Array, end: number): Sweep {
  const rotations: number[] = []
  let f = e[end - 2] as number
  e[end - 2] = 0
  for (let j = end - 2; j >= 0 && f !== 0; j--) {
    const { length, cosine, sine } = rotation(s[j] as number, f)
    s[j] = length
    rotations.push(cosine, sine)
    if (j === 0) break
    f = -sine * (e[j - 1] as number)
    e[j - 1] = cosine * (e[j - 1] as number)
  }
  return { from: end - 2, by: -1, fixed: end - 1, rotations: Float64Array.from(rotations) }
}

/** The diagonal entry before `start` is 0: rotations from the left take what is right of it away. */
function splitAt(s: Float64Array, e: Float64Array, start: number, end: number): Sweep {
  const rotations: number[] = []
  let f = e[start - 1] as number
  e[start - 1] = 0
  for (let j = start; j < end && f !== 0; j++) {
    const { length, cosine, sine } = rotation(s[j] as number, f)
    s[j] = length
    rotations.push(cosine, sine)
    f = -sine * (e[j] as number)
    e[j] = cosine * (e[j] as number)
  }
  return { from: start, by: 1, fixed: start - 1, rotations: Float64Array.from(rotations) }
}

/** One implicit QR step on the block start … end − 1, shifted by an eigenvalue of its last two rows. */
function qrStep(
  s: Float64Array,
  e: Float64Array,
  start: number,
  end: number,
  takeLeft: (sweep: Sweep) => void,
  takeRight: (sweep: Sweep) => void,
): void {
  const length = end - 1 - start
  const left = new Float64Array(2 * length)
  const right = new Float64Array(2 * length)
  let [f, g] = shiftedStart(s, e, start, end)
  for (let j = start, at = 0; j < end - 1; j++, at += 2) {
    const a = rotation(f, g)
    if (j > start) e[j - 1] = a.length
    f = a.cosine * (s[j] as number) + a.sine * (e[j] as number)
    e[j] = a.cosine * (e[j] as number) - a.sine * (s[j] as number)
    g = a.sine * (s[j + 1] as number)
    s[j + 1] = a.cosine * (s[j + 1] as number)
    right[at] = a.cosine
    right[at + 1] = a.sine
    const b = rotation(f, g)
    s[j] = b.length
    f = b.cosine * (e[j] as number) + b.sine * (s[j + 1] as number)
    s[j + 1] = b.cosine * (s[j + 1] as number) - b.sine * (e[j] as number)
    g = b.sine * (e[j + 1] as number)
    e[j + 1] = b.cosine * (e[j + 1] as number)
    left[at] = b.cosine
    left[at + 1] = b.sine
  }
  e[end - 2] = f
  takeRight({ from: start, by: 1, fixed: -1, rotations: right })
  takeLeft({ from: start, by: 1, fixed: -1, rotations: left })
}

function shiftedStart(s: Float64Array, e: Float64Array, start: number, end: number): [number, number] {
  const [last, before, between] = [s[end - 1] as number, s[end - 2] as number, e[end - 2] as number]
  const [first, next] = [s[start] as number, e[start] as number]
  const scale = Math.max(...[last, before, between, first, next].map(Math.abs))
  const [sp, sq, eq, sk, ek] = [last / scale, before / scale, between / scale, first / scale, next / scale]
  const b = ((sq + sp) * (sq - sp) + eq * eq) / 2
  const c = (sp * eq) ** 2
  const root = Math.sqrt(b * b + c)
  const shift = b === 0 && c === 0 ? 0 : c / (b + (b < 0 ? -root : root))
  return [(sk + sp) * (sk - sp) + shift, sk * ek]
}

function rotation(f: number, g: number): { length: number; cosine: number; sine: number } {
  const length = Math.sqrt(f * f + g * g)
  if (length > 1e-140) return { length, cosine: f / length, sine: g / length }
  // Squares would vanish.
  const exact = Math.hypot(f, g)
  return exact === 0 ? { length: 0, cosine: 1, sine: 0 } : { length: exact, cosine: f / exact, sine: g / exact }
}

/** vector := Gᵀ · vector, G the sweep's rotations one after the other. */
function rotateTransposed(vector: Float64Array, { from, by, fixed, rotations }: Sweep): void {
  for (let at = 0, j = from; at < rotations.length; at += 2, j += by) {
    const other = fixed < 0 ? j + 1 : fixed
    const [cosine, sine] = [rotations[at] as number, rotations[at + 1] as number]
    const a = vector[j] as number
    const b = vector[other] as number
    vector[j] = cosine * a + sine * b
    vector[other] = cosine * b - sine * a
  }
}

/** vector := G · vector. */
function rotateBack(vector: Float64Array, { from, by, fixed, rotations }: Sweep): void {
  for (let at = rotations.length - 2, j = from + by * (rotations.length / 2 - 1); at >= 0; at -= 2, j -= by) {
    const other = fixed < 0 ? j + 1 : fixed
    const [cosine, sine] = [rotations[at] as number, rotations[at + 1] as number]
    const a = vector[j] as number
    const b = vector[other] as number
    vector[j] = cosine * a - sine * b
    vector[other] = sine * a + cosine * b
  }
}
