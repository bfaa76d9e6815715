// States that nobody wrote: a true state with one thing changed at a time, as corruption or malice would.
import type { EstimatorState, StateValue } from '../learning/estimator.ts'
import { Random } from '../learning/random.ts'

export interface HostileState {
  /** What was changed, such as "thresholds: empty". */
  readonly change: string
  readonly state: EstimatorState
}

/** Entries of a list that are changed: the first and the last. */
const DEPTH_MAX = 5
type NumberArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Int16Array | Uint8Array
type NumberArrayType = new (values: number | ArrayLike<number>) => NumberArray
const ARRAY_TYPES: readonly NumberArrayType[] = [Float64Array, Float32Array, Int32Array, Uint16Array, Uint8Array]

/** Every hostile variant, one after the other; the given state stays as it is. */
export function* hostileStates(state: EstimatorState): Generator<HostileState> {
  for (const { change, value } of variantsOf(state, 0)) {
    if (isPlainObject(value)) yield { change, state: value }
  }
}

interface Variant {
  readonly change: string
  readonly value: StateValue
}

function* variantsOf(value: StateValue, depth: number): Generator<Variant> {
  if (depth > 0) for (const other of otherKinds(value)) yield { change: `: ${shown(other)} instead`, value: other }
  if (ArrayBuffer.isView(value)) yield* arrayVariants(value)
  else if (Array.isArray(value)) yield* listVariants(value as readonly StateValue[], depth)
  else if (isPlainObject(value)) yield* objectVariants(value, depth)
  else if (typeof value === 'number') {
    for (const other of [
      -1,
      0,
      1,
      0.5,
      value + 1,
      value - 1,
      1e9,
      2 ** 31,
      2 ** 53 - 1,
      Number.NaN,
      Infinity,
      -Infinity,
    ]) {
      if (!Object.is(other, value)) yield { change: `: ${other} instead of ${value}`, value: other }
    }
  } else if (typeof value === 'string') {
    for (const other of ['', 'no such thing', '__proto__', 'constructor'])
      yield { change: `: "${other}"`, value: other }
  } else if (typeof value === 'boolean') yield { change: `: ${!value}`, value: !value }
}

function otherKinds(value: StateValue): readonly StateValue[] {
  const kinds: StateValue[] = [null, true, 3, 'text', [], {}, new Float64Array(0), Int32Array.of(1, 2, 3)]
  return kinds.filter((other) => typeof other !== typeof value || other === null || typeof other === 'object')
}

function* objectVariants(value: EstimatorState, depth: number): Generator<Variant> {
  for (const key of Object.keys(value)) {
    const { [key]: _, ...rest } = value
    yield { change: `.${key}: removed`, value: rest }
  }
  if (depth >= DEPTH_MAX) return
  for (const [key, inner] of Object.entries(value)) {
    for (const { change, value: changed } of variantsOf(inner, depth + 1)) {
      yield { change: `.${key}${change}`, value: { ...value, [key]: changed } }
    }
  }
}

function* listVariants(value: readonly StateValue[], depth: number): Generator<Variant> {
  yield { change: ': emptied', value: [] }
  yield { change: ': without its last', value: value.slice(0, -1) }
  yield { change: ': twice', value: [...value, ...value] }
  if (depth >= DEPTH_MAX || value.length === 0) return
  for (const i of new Set([0, value.length - 1])) {
    for (const { change, value: changed } of variantsOf(value[i] as StateValue, depth + 1)) {
      yield { change: `[${i}]${change}`, value: value.with(i, changed) }
    }
  }
}

function* arrayVariants(value: NumberArray): Generator<Variant> {
  const Type = value.constructor as NumberArrayType
  const random = new Random(value.length)
  const filled = (next: (i: number) => number): NumberArray => new Type(Array.from(value, (_, i) => next(i)))
  yield { change: ': emptied', value: new Type(0) }
  yield { change: ': without its last', value: value.slice(0, -1) }
  yield { change: ': halved', value: value.slice(0, value.length >> 1) }
  yield { change: ': one longer', value: new Type([...value, 0]) }
  for (const Other of ARRAY_TYPES) {
    if (Other !== Type) yield { change: `: as ${Other.name}`, value: new Other(value) }
  }
  yield { change: ': all 0', value: filled(() => 0) }
  yield { change: ': all 1', value: filled(() => 1) }
  yield { change: ': all −1 or the greatest', value: filled(() => -1) }
  yield { change: ': all 2^31 − 1', value: filled(() => 2 ** 31 - 1) }
  yield { change: ': random bits', value: filled(() => random.uint32()) }
  yield { change: ': random indices', value: filled(() => random.integer(value.length + 1)) }
  yield { change: ': its own indices', value: filled((i) => i) }
  yield { change: ': reversed', value: value.toReversed() }
  if (value.length > 0) {
    yield { change: ': its first the greatest', value: new Type([2 ** 31 - 1, ...value.subarray(1)]) }
    yield { change: ': its last random', value: new Type([...value.subarray(0, -1), random.uint32()]) }
  }
  if (value instanceof Float64Array || value instanceof Float32Array) {
    for (const odd of [Number.NaN, Infinity, -Infinity]) yield { change: `: all ${odd}`, value: filled(() => odd) }
    if (value.length > 0) yield { change: ': its first NaN', value: new Type([Number.NaN, ...value.subarray(1)]) }
  }
}

function isPlainObject(value: StateValue): value is EstimatorState {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function shown(value: StateValue): string {
  return ArrayBuffer.isView(value) ? `${value.constructor.name}(${value.length})` : JSON.stringify(value)
}
