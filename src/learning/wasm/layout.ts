// The arrays of a memory, declared once: their addresses, their views in TypeScript, their loads and stores in kernels.
import { MemoryPlan } from './memory-plan.ts'
import type { RoutineWriter } from './routine-writer.ts'
import { type AnyValue, F32, F64, I32, I64 } from './values.ts'

interface ViewType<A> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A
  readonly BYTES_PER_ELEMENT: number
}

/** An array whose elements are V in kernels and which TypeScript sees as A. */
export interface Elements<V, A> {
  readonly length: number
  readonly view: ViewType<A>
  load(address: I32, offset: number, memory: number): V
}

const elements =
  <V, A>(view: ViewType<A>, load: Elements<V, A>['load']) =>
  (length: number): Elements<V, A> => ({ length, view, load })

/** Arrays of so many elements. Bytes are int32 in kernels. */
export const u8 = elements(Uint8Array, (...at) => I32.loadU8(...at))
export const i32 = elements(Int32Array, (...at) => I32.load(...at))
export const u32 = elements(Uint32Array, (...at) => I32.load(...at))
export const i64 = elements(BigInt64Array, (...at) => I64.load(...at))
export const f32 = elements(Float32Array, (...at) => F32.load(...at))
export const f64 = elements(Float64Array, (...at) => F64.load(...at))

/** One array of a layout, in kernels. Addresses are those without `offset`, as `at` gives them. */
export class ArrayPlace<V extends AnyValue> {
  /** Bytes from the layout's base, which is 0 where none is given. */
  readonly offset: number
  readonly length: number
  private readonly elements: Elements<V, unknown>
  private readonly memory: number

  constructor(offset: number, elements: Elements<V, unknown>, memory: number) {
    this.offset = offset
    this.length = elements.length
    this.elements = elements
    this.memory = memory
  }

  /** The element's value. */
  get(index: I32, base?: I32): V {
    return this.load(this.at(index, base))
  }

  set(w: RoutineWriter, index: I32, value: V, base?: I32): void {
    this.store(w, this.at(index, base), value)
  }

  /** The address of an element, less `offset`. It is the same for all arrays with elements of that size. */
  at(index: I32, base?: I32): I32 {
    const size = this.elements.view.BYTES_PER_ELEMENT
    const bytes = size === 1 ? index : index.shiftLeft(Math.log2(size))
    return base === undefined ? bytes : base.plus(bytes)
  }

  /** The element at an address, or `further` bytes behind it. */
  load(address: I32, further = 0): V {
    return this.elements.load(address, this.offset + further, this.memory)
  }

  store(w: RoutineWriter, address: I32, value: V, further = 0): void {
    const { offset, memory } = this
    if (value instanceof I32 && this.elements.view.BYTES_PER_ELEMENT === 1)
      w.storeByte(address, value, offset + further, memory)
    else w.store(address, value, offset + further, memory)
  }
}

// biome-ignore lint/suspicious/noExplicitAny: each array has its own pair of types
type Declaration = Readonly<Record<string, Elements<any, any>>>
export type PlacesOf<D extends Declaration> = {
  readonly [name in keyof D]: D[name] extends Elements<infer V extends AnyValue, infer _> ? ArrayPlace<V> : never
}
export type ViewsOf<D extends Declaration> = {
  readonly [name in keyof D]: D[name] extends Elements<infer _, infer A> ? A : never
}

export class Layout<D extends Declaration> {
  /** For kernels. */
  readonly places: PlacesOf<D>
  private readonly declaration: D

  constructor(declaration: D, plan: MemoryPlan, memory: number) {
    this.declaration = declaration
    const places = Object.entries(declaration).map(([name, elements]) => {
      const { length, view } = elements
      return [name, new ArrayPlace(plan.reserve(length * view.BYTES_PER_ELEMENT), elements, memory)] as const
    })
    this.places = Object.fromEntries(places) as PlacesOf<D>
  }

  /** For TypeScript. base: where the layout begins in the buffer. */
  views(buffer: ArrayBufferLike, base = 0): ViewsOf<D> {
    const views = Object.entries(this.declaration).map(([name, { view, length }]) => {
      return [name, new view(buffer, base + (this.places[name] as { readonly offset: number }).offset, length)] as const
    })
    return Object.fromEntries(views) as ViewsOf<D>
  }
}

/** Places arrays in a plan, in their order. memory: 0, or 1 for the module's own. */
export function layout<D extends Declaration>(declaration: D, plan = new MemoryPlan(), memory = 0): Layout<D> {
  return new Layout(declaration, plan, memory)
}
