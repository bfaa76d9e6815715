// One memory for many arrays, which the threads share and WebAssembly can reach.
import { DataError } from '../errors.ts'
import { newMemory, newSharedMemory, PAGE_BYTES, PAGES_MAX, type WasmMemory } from './web-assembly.ts'

/** Every array begins at a cache line of its own, so that threads do not write to the same one. */
const CACHE_LINE = 64

/** Places arrays one behind the other before the memory exists. */
export class MemoryPlan {
  byteCount: number
  private readonly alignment: number

  /** alignment: bytes; each array begins at a multiple of it. start: of the first array, such a multiple. */
  constructor(alignment = CACHE_LINE, start = alignment) {
    this.alignment = alignment
    this.byteCount = start
  }

  /** The address of `bytes` bytes, which will be 0 at first. */
  reserve(bytes: number): number {
    const at = this.byteCount
    this.byteCount += this.alignment * Math.ceil(bytes / this.alignment)
    return at
  }

  /**
   * A memory that threads share. what: whose arrays, and which, for the message. Throws DataError when all that was
   * reserved needs more than the 4 GiB that 32 bits can address.
   */
  allocate(what: string): WasmMemory<SharedArrayBuffer> {
    return newSharedMemory(this.countPages(what))
  }

  /** The same for one thread; it can grow. */
  allocateOwn(what: string): WasmMemory {
    return newMemory(this.countPages(what))
  }

  private countPages(what: string): number {
    const pages = Math.ceil(this.byteCount / PAGE_BYTES)
    if (pages > PAGES_MAX) throw new DataError(`${what} in 4 GiB; these need ${this.byteCount} bytes`)
    return pages
  }
}
