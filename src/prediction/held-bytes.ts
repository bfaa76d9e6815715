// What a pipeline holds on a thread: counted when it is loaded, and again when predictions have made it hold more.
import { partsKept } from '../learning/kept-parts.ts'
import { bytesHeld } from './bytes-held.ts'
import type { OpenedArtifact } from './open-artifact.ts'

export class HeldBytes {
  private readonly opened: OpenedArtifact
  private partsCounted: number | undefined

  constructor(opened: OpenedArtifact) {
    this.opened = opened
  }

  /** What it holds now, in bytes. O(objects). */
  count(): number {
    this.partsCounted = partsKept()
    return bytesHeld(this.opened) + this.opened.pipeline.bytesElsewhere
  }

  /** As count; undefined where no pipeline of this thread has come to hold more since. Then O(1). */
  countGrown(): number | undefined {
    return this.partsCounted === partsKept() ? undefined : this.count()
  }
}
