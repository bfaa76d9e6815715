// Parameters of estimators: what each takes, its default, and one check that finds every fault at once.
import { ParameterError, type ParameterFault } from './errors.ts'
import type { FitWarning } from './warnings.ts'

/** A kind of value: a claim about a value, and the words for it in an error message. */
export interface Kind<T> {
  /** Reads on after "expected", such as "an integer of at least 1". */
  readonly expected: string
  accepts(value: unknown): value is T
  /** What 1 is taken for where it could be a count or a share. */
  readonly one?: string
}

/** A parameter: what it takes, and its default. */
export interface Parameter<T> extends Kind<T> {
  readonly default: T
}

export type Parameters = { readonly [name: string]: Parameter<unknown> }
export type ParameterValues<P extends Parameters> = {
  readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never
}

interface Range {
  readonly min?: number
  readonly max?: number
  /** The bound itself is not allowed. */
  readonly above?: number
  readonly below?: number
}

/** A parameter that takes any of the kinds. */
export function parameter<T>(defaultValue: NoInfer<T>, ...kinds: readonly [Kind<T>, ...Kind<T>[]]): Parameter<T>
export function parameter<A, B>(defaultValue: NoInfer<A | B>, a: Kind<A>, b: Kind<B>): Parameter<A | B>
export function parameter<A, B, C>(
  defaultValue: NoInfer<A | B | C>,
  a: Kind<A>,
  b: Kind<B>,
  c: Kind<C>,
): Parameter<A | B | C>
export function parameter<A, B, C, D>(
  defaultValue: NoInfer<A | B | C | D>,
  a: Kind<A>,
  b: Kind<B>,
  c: Kind<C>,
  d: Kind<D>,
): Parameter<A | B | C | D>
export function parameter(defaultValue: unknown, ...kinds: readonly Kind<unknown>[]): Parameter<unknown> {
  const one = kinds.find((kind) => kind.one !== undefined)?.one
  return {
    default: defaultValue,
    expected: kinds.map((kind) => kind.expected).join(' or '),
    accepts: (value): value is unknown => kinds.some((kind) => kind.accepts(value)),
    ...(one === undefined ? {} : { one }),
  }
}

export function integer(range: Range = {}): Kind<number> {
  return {
    expected: `an integer${inWords(range)}`,
    accepts: (value): value is number => Number.isSafeInteger(value) && isWithin(value as number, range),
  }
}

/** A finite number. */
export function real(range: Range = {}): Kind<number> {
  return {
    expected: `a number${inWords(range)}`,
    accepts: (value): value is number => typeof value === 'number' && Number.isFinite(value) && isWithin(value, range),
  }
}

/**
 * A count of the things named, or a share of all of them; scikit-learn tells the two apart by their type. JSON does not
 * tell 1 from 1.0: 1 is the share, all of them, as in the defaults of scikit-learn. tellReadings says so.
 * countMin: the lowest count that scikit-learn takes, 1 or 2.
 */
export function countOrShare(things: string, countMin: 1 | 2 = 1): Kind<number> {
  const range = { above: 0, max: 1 }
  const instead = countMin > 1 ? '' : `; for a single one of the ${things}, give a share that comes to less than two`
  return {
    expected: `an integer of at least 2 (a count of ${things}) or a number${inWords(range)} (a share of them; 1 is all)`,
    accepts: (value): value is number =>
      typeof value === 'number' && (isWithin(value, range) || (Number.isSafeInteger(value) && value >= 2)),
    one: `the share 1.0, all ${things}, because JSON does not tell 1 from 1.0${instead}`,
  }
}

/** How many a value of countOrShare stands for, at least 1; shares are rounded down. A count may be above `whole`. */
export function countOf(given: number, whole: number): number {
  return given > 1 ? given : Math.max(1, Math.floor(given * whole))
}

/** Warns of each 1 that was taken for a share, unless it is the default. */
export function tellReadings(
  parameters: Parameters,
  values: { readonly [name: string]: unknown },
  { warn }: { warn(warning: FitWarning): void },
): void {
  for (const [name, { one, default: defaultValue }] of Object.entries(parameters)) {
    if (one === undefined || values[name] !== 1 || defaultValue === 1) continue
    warn({ code: 'PARAMETER_READ', message: `${name}: 1 was read as ${one}` })
  }
}

export function choice<const T extends string>(...values: readonly T[]): Kind<T> {
  return {
    expected: values.map((value) => `"${value}"`).join(' or '),
    accepts: (value): value is T => (values as readonly unknown[]).includes(value),
  }
}

export const flag: Kind<boolean> = {
  expected: 'true or false',
  accepts: (value): value is boolean => typeof value === 'boolean',
}

export const none: Kind<null> = { expected: 'null', accepts: (value): value is null => value === null }

export function listOf<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    expected: `a list, each ${kind.expected}`,
    accepts: (value): value is readonly T[] => Array.isArray(value) && value.every((item) => kind.accepts(item)),
  }
}

/** A JSON object from names (of classes, of columns) to values of one kind. */
export function mapOf<T>(kind: Kind<T>): Kind<{ readonly [name: string]: T }> {
  return {
    expected: `an object with values each ${kind.expected}`,
    accepts: (value): value is { readonly [name: string]: T } =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((item) => kind.accepts(item)),
  }
}

/** random_state of every estimator that draws; null takes the seed of the fit. */
export const randomState = parameter(null, none, integer({ min: 0, max: 2 ** 32 - 1 }))

/** The defaults by name, as get_default_parameters() of a model class gives them. */
export function defaultsOf<P extends Parameters>(parameters: P): ParameterValues<P> {
  return Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, p.default])) as ParameterValues<P>
}

/** The given values over the defaults. Throws ParameterError with every unknown name and every value out of range. */
export function readParameters<P extends Parameters>(
  parameters: P,
  given: { readonly [name: string]: unknown },
): ParameterValues<P> {
  const faults: ParameterFault[] = []
  const values: Record<string, unknown> = { ...defaultsOf(parameters) }
  for (const [name, value] of Object.entries(given)) {
    const known = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (known === undefined) {
      const names = Object.keys(parameters).join(', ')
      faults.push({ parameter: name, message: `unknown parameter; expected one of ${names || 'none'}` })
    } else if (known.accepts(value)) {
      values[name] = value
    } else {
      faults.push({ parameter: name, message: `expected ${known.expected}, got ${shown(value)}` })
    }
  }
  if (faults.length > 0) throw new ParameterError(faults)
  return values as ParameterValues<P>
}

function isWithin(value: number, { min, max, above, below }: Range): boolean {
  return (
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  )
}

function inWords({ min, max, above, below }: Range): string {
  const bounds = [
    min === undefined ? '' : `at least ${min}`,
    above === undefined ? '' : `above ${above}`,
    max === undefined ? '' : `at most ${max}`,
    below === undefined ? '' : `below ${below}`,
  ].filter((bound) => bound !== '')
  return bounds.length === 0
    ? ''
    : ` of ${bounds.join(' and ')}`.replace('of above', 'above').replace('of below', 'below')
}

/** A value in an error message, cut to a readable length. */
function shown(value: unknown): string {
  let text: string
  try {
    text = JSON.stringify(value) ?? String(value)
  } catch {
    text = 'a value that is nested too deep'
  }
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
