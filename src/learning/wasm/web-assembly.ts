// What is used of WebAssembly: neither the ECMAScript library nor Node's types declare it.

/** Crosses to other threads as it is when its buffer is shared. */
export interface WasmMemory<Buffer extends ArrayBufferLike = ArrayBuffer> {
  readonly buffer: Buffer
  grow(pages: number): number
}

declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum?: number; shared?: boolean }) => unknown
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: { env: Imports }) => { readonly exports: unknown }
}
interface Imports {
  readonly [name: string]: WasmMemory<ArrayBufferLike>
}

export const PAGE_BYTES = 65_536
/** 4 GiB: what 32 bits can address. */
export const PAGES_MAX = 65_536

export function newMemory(pages: number): WasmMemory {
  return new WebAssembly.Memory({ initial: pages }) as WasmMemory
}

/** A memory that threads share; it cannot grow. */
export function newSharedMemory(pages: number): WasmMemory<SharedArrayBuffer> {
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }) as WasmMemory<SharedArrayBuffer>
}

/** Of bytes that assembleModule made; crosses to other threads as it is. */
export function compile(bytes: Uint8Array<ArrayBuffer>): object {
  return new WebAssembly.Module(bytes)
}

/** The module at work in this thread: its exports. */
export function instantiate(module: object, env: Imports): unknown {
  return new WebAssembly.Instance(module, { env }).exports
}
