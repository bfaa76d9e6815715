// Places for arrays, one behind the other, before their memory exists.
import { PAGE_BYTES } from './web-assembly.ts'

/** Every array begins at a cache line of its own, so that threads do not write to the same one. */
const ALIGNMENT = 64

export class MemoryPlan {
  byteCount = 0

  /** The address of so many bytes: a multiple of 64. */
  reserve(bytes: number): number {
    const at = this.byteCount
    this.byteCount += ALIGNMENT * Math.ceil(bytes / ALIGNMENT)
    return at
  }

  get pageCount(): number {
    return Math.max(1, Math.ceil(this.byteCount / PAGE_BYTES))
  }
}
