// One bit that any thread can set and every thread can see.
import { FitStopped } from '../errors.ts'

/** What crosses to another thread, to look at the same flag there. */
export type StopFlagBuffers = readonly SharedArrayBuffer[]

export class StopFlag {
  /** Its own bit first, then those of the flags it was forked from. */
  readonly buffers: StopFlagBuffers
  private readonly views: readonly Int32Array[]

  /** A new flag; or, with the `buffers` of another, a second view of that one. */
  constructor(buffers: StopFlagBuffers = [new SharedArrayBuffer(4)]) {
    this.buffers = buffers
    this.views = buffers.map((buffer) => new Int32Array(buffer))
  }

  /** A flag that is set when this one is, or by itself. */
  fork(): StopFlag {
    return new StopFlag([new SharedArrayBuffer(4), ...this.buffers])
  }

  get isSet(): boolean {
    for (const view of this.views) if (Atomics.load(view, 0) !== 0) return true
    return false
  }

  set(): void {
    Atomics.store(this.views[0] as Int32Array, 0, 1)
  }

  throwIfSet(): void {
    if (this.isSet) throw new FitStopped()
  }
}
