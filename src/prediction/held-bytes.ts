// What a pipeline holds on a thread: counted when it is loaded, and again when predictions have made it hold more.
import { partsKept } from '../learning/kept-parts.ts'
import { bytesHeld } from './bytes-held.ts'
import type { OpenedArtifact } from './open-artifact.ts'

export class HeldBytes {
  private readonly opened: OpenedArtifact

  constructor(opened: OpenedArtifact) {
    this.opened = opened
  }

  /** What it holds now, in bytes. O(objects). */
  count(): number {
    return bytesHeld(this.opened) + this.opened.pipeline.bytesElsewhere
  }

  /** As count; undefined where no part was kept since partsKept() was `partsBefore`, before a prediction of it. Then O(1). */
  countGrown(partsBefore: number): number | undefined {
    return partsBefore === partsKept() ? undefined : this.count()
  }
}
