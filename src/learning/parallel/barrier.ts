// A meeting point for the threads of one task.
import { FitStopped } from '../errors.ts'
import type { StopFlag } from './stop-flag.ts'

const ARRIVED = 0
const GENERATION = 1
/** Turns of spinning before a thread sleeps: phases of a boosting iteration are shorter than a futex wake-up. */
const SPINS = 20_000
/** How long a sleeping thread goes without a look at the stop flag. */
const SLEEP_MS = 20

export class Barrier {
  private readonly view: Int32Array
  readonly buffer: SharedArrayBuffer
  private readonly memberCount: number
  private readonly stop: StopFlag

  constructor(memberCount: number, stop: StopFlag, buffer = new SharedArrayBuffer(8)) {
    this.memberCount = memberCount
    this.stop = stop
    this.buffer = buffer
    this.view = new Int32Array(buffer)
  }

  /**
   * Returns when every member of the team has called it; what they wrote before is seen by all after.
   * Throws FitStopped when the stop flag is set while it waits, so that one member's death strands nobody.
   */
  wait(): void {
    if (this.memberCount === 1) return
    const generation = Atomics.load(this.view, GENERATION)
    if (Atomics.add(this.view, ARRIVED, 1) === this.memberCount - 1) {
      Atomics.store(this.view, ARRIVED, 0)
      Atomics.add(this.view, GENERATION, 1)
      Atomics.notify(this.view, GENERATION)
      return
    }
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(this.view, GENERATION) !== generation) return
    }
    while (Atomics.load(this.view, GENERATION) === generation) {
      if (this.stop.isSet) throw new FitStopped()
      Atomics.wait(this.view, GENERATION, generation, SLEEP_MS)
    }
  }
}
