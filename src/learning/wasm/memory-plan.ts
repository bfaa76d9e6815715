// One memory for many arrays, which the threads share and WebAssembly can reach.
import { DataError } from '../errors.ts'
import { newSharedMemory, PAGE_BYTES, PAGES_MAX, type WasmMemory } from './web-assembly.ts'

/** Every array begins at a cache line of its own, so that threads do not write to the same one. */
const ALIGNMENT = 64

/** Places arrays one behind the other before the memory exists. */
export class MemoryPlan {
  byteCount = ALIGNMENT

  /** The address of `bytes` bytes, a multiple of 64, which will be 0 at first. */
  reserve(bytes: number): number {
    const at = this.byteCount
    this.byteCount += ALIGNMENT * Math.ceil(bytes / ALIGNMENT)
    return at
  }

  /**
   * what: whose arrays, and which, for the message. Throws DataError when all that was reserved needs more than the
   * 4 GiB that 32 bits can address.
   */
  allocate(what: string): WasmMemory<SharedArrayBuffer> {
    const pages = Math.ceil(this.byteCount / PAGE_BYTES)
    if (pages > PAGES_MAX) throw new DataError(`${what} in 4 GiB; these need ${this.byteCount} bytes`)
    return newSharedMemory(pages)
  }
}
