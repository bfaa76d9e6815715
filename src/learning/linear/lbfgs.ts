// Limited-memory BFGS for smooth convex functions of a few to some thousand variables.

/** Pairs of steps and gradient changes that stand in for the Hessian; fewer where each takes as long as an evaluation. */
const MEMORY = 20
const MEMORY_OF_MANY = 10
const MANY_VARIABLES = 10_000
const SUFFICIENT_DECREASE = 1e-4
const CURVATURE = 0.9
const TRIALS_MAX = 40
/** Differences of values below this part of the value are rounding. */
const VALUE_NOISE = 1e-14

export interface Objective {
  /** The value at the point; writes the gradient there. Deterministic. */
  evaluate(point: Float64Array, gradient: Float64Array): number
  /** Overwrites a vector v with P⁻¹ v, P positive definite and near the Hessian. */
  precondition(vector: Float64Array): void
  /** Called before each iteration, from 0 on; P may change in it. */
  beforeIteration(iteration: number, point: Float64Array): Promise<void>
  /** Makes P as near to the Hessian at the point as it can; false when that is not worth its cost. */
  sharpen(iteration: number, point: Float64Array): Promise<boolean>
}

export interface Minimum {
  readonly point: Float64Array
  readonly iterations: number
  readonly isConverged: boolean
  /** The largest component of the gradient at the point; NaN where one is, which is no convergence. */
  readonly gradientSize: number
}

/**
 * Minimizes from a start point by the two-loop recursion (Nocedal and Wright 2006, Numerical Optimization, 2nd ed.,
 * algorithm 7.4) over a preconditioner, with steps that meet the weak Wolfe conditions.
 *
 * Converged means: no component of the gradient exceeds `tolerance`, and the next step would change no variable by more
 * than `stepTolerance` (default the tolerance) times the largest. What a gradient alone leaves open on badly scaled data, the step decides.
 * Ends without convergence after maxIterations, or when rounding hides all progress. O(MEMORY · variables) an iteration
 * beside one or two evaluations.
 */
export async function minimize(
  objective: Objective,
  start: Float64Array,
  {
    maxIterations,
    tolerance,
    stepTolerance = tolerance,
  }: { maxIterations: number; tolerance: number; stepTolerance?: number },
): Promise<Minimum> {
  const size = start.length
  let point: Float64Array = start.slice()
  let gradient: Float64Array = new Float64Array(size)
  let trial: Trial = { point: new Float64Array(size), gradient: new Float64Array(size), value: 0 }
  let value = objective.evaluate(point, gradient)
  const pairs: Pair[] = []
  for (let iteration = 0; ; iteration++) {
    await objective.beforeIteration(iteration, point)
    let direction = descentDirection(objective, gradient, pairs)
    if (!(dot(gradient, direction) < 0)) {
      pairs.length = 0
      direction = descentDirection(objective, gradient, pairs)
    }
    const gradientSize = largest(gradient)
    const isSmall = gradientSize <= tolerance
    const end = (isConverged: boolean): Minimum => ({ point, iterations: iteration, isConverged, gradientSize })
    const isShort = (): boolean => largest(direction) <= stepTolerance * largest(point)
    if (isSmall && isShort()) {
      const isStale = await objective.sharpen(iteration, point)
      if (isStale) {
        pairs.length = 0
        direction = descentDirection(objective, gradient, pairs)
      }
      if (!isStale || isShort()) return end(true)
    }
    if (iteration === maxIterations || !(dot(gradient, direction) < 0)) {
      return end(isSmall && iteration < maxIterations)
    }
    if (!searchAlong(objective, { point, gradient, value }, direction, trial)) {
      // Rounding has the last word; without memory there is no other direction to try.
      if (pairs.length === 0) return end(isSmall)
      pairs.length = 0
      continue
    }
    remember(pairs, point, gradient, trial)
    const former = { point, gradient, value }
    point = trial.point
    gradient = trial.gradient
    value = trial.value
    trial = former
  }
}

interface Trial {
  point: Float64Array
  gradient: Float64Array
  value: number
}

interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  /** 1 / (step · change). */
  readonly rho: number
}

/** −H · gradient, H the inverse Hessian as the pairs and the preconditioner know it. */
function descentDirection(objective: Objective, gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = negated(gradient)
  const alphas: number[] = []
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { step, change, rho } = pairs[k] as Pair
    const alpha = rho * dot(step, direction)
    alphas[k] = alpha
    addScaled(direction, -alpha, change)
  }
  objective.precondition(direction)
  const last = pairs.at(-1)
  if (last !== undefined) {
    const preconditioned = last.change.slice()
    objective.precondition(preconditioned)
    const gamma = 1 / (last.rho * dot(last.change, preconditioned))
    for (let i = 0; i < direction.length; i++) direction[i] = (direction[i] as number) * gamma
  }
  for (let k = 0; k < pairs.length; k++) {
    const { step, change, rho } = pairs[k] as Pair
    addScaled(direction, (alphas[k] as number) - rho * dot(change, direction), step)
  }
  return direction
}

function remember(pairs: Pair[], point: Float64Array, gradient: Float64Array, next: Trial): void {
  const step = difference(next.point, point)
  const change = difference(next.gradient, gradient)
  const curvature = dot(step, change)
  if (!(curvature > Number.EPSILON * Math.sqrt(dot(step, step) * dot(change, change)))) return
  pairs.push({ step, change, rho: 1 / curvature })
  if (pairs.length > (point.length > MANY_VARIABLES ? MEMORY_OF_MANY : MEMORY)) pairs.shift()
}

/**
 * Looks for a step from a point along a direction that meets the weak Wolfe conditions, by bracketing and cubic
 * interpolation; leaves the point found in `trial`. False when there is none within rounding.
 */
function searchAlong(objective: Objective, from: Trial, direction: Float64Array, trial: Trial): boolean {
  const slope = dot(from.gradient, direction)
  const noise = VALUE_NOISE * Math.abs(from.value)
  let low = { t: 0, value: from.value, slope }
  let highT = Number.POSITIVE_INFINITY
  let t = 1
  for (let tries = 0; tries < TRIALS_MAX; tries++) {
    for (let i = 0; i < direction.length; i++) {
      trial.point[i] = (from.point[i] as number) + t * (direction[i] as number)
    }
    trial.value = objective.evaluate(trial.point, trial.gradient)
    const trialSlope = dot(trial.gradient, direction)
    const here = { t, value: trial.value, slope: trialSlope }
    if (!(trial.value <= from.value + SUFFICIENT_DECREASE * t * slope + noise) || !Number.isFinite(trialSlope)) {
      highT = t
      t = betweenCubic(low, here)
    } else if (trialSlope < CURVATURE * slope) {
      low = here
      t = highT === Number.POSITIVE_INFINITY ? 2 * t : (t + highT) / 2
    } else {
      return true
    }
    if (highT - low.t <= 1e-12 * highT) break
  }
  return false
}

interface OnLine {
  readonly t: number
  readonly value: number
  readonly slope: number
}

/** The minimum of the cubic through both ends (Nocedal and Wright, 3.59), kept away from them. */
function betweenCubic(low: OnLine, high: OnLine): number {
  const width = high.t - low.t
  const d1 = low.slope + high.slope - (3 * (high.value - low.value)) / width
  const d2 = Math.sqrt(d1 * d1 - low.slope * high.slope)
  const t = high.t - (width * (high.slope + d2 - d1)) / (high.slope - low.slope + 2 * d2)
  return Number.isFinite(t) ? Math.min(high.t - 0.1 * width, Math.max(low.t + 0.1 * width, t)) : low.t + width / 2
}

/** Four sums: one would wait for each addition to end. */
function dot(a: Float64Array, b: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  let i = 0
  for (; i + 3 < a.length; i += 4) {
    s0 += (a[i] as number) * (b[i] as number)
    s1 += (a[i + 1] as number) * (b[i + 1] as number)
    s2 += (a[i + 2] as number) * (b[i + 2] as number)
    s3 += (a[i + 3] as number) * (b[i + 3] as number)
  }
  for (; i < a.length; i++) s0 += (a[i] as number) * (b[i] as number)
  return s0 + s1 + (s2 + s3)
}

function addScaled(target: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) + factor * (vector[i] as number)
}

function negated(vector: Float64Array): Float64Array {
  const result = new Float64Array(vector.length)
  for (let i = 0; i < result.length; i++) result[i] = -(vector[i] as number)
  return result
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length)
  for (let i = 0; i < result.length; i++) result[i] = (a[i] as number) - (b[i] as number)
  return result
}

/** NaN where one is: what is not a number is not small. */
function largest(vector: Float64Array): number {
  let found = 0
  for (let i = 0; i < vector.length; i++) {
    const size = Math.abs(vector[i] as number)
    if (size > found) found = size
    else if (Number.isNaN(size)) return size
  }
  return found
}
