// What a pipeline holds on a thread: counted when it is loaded, and again when predictions have made it hold more.
import { partsKept } from '../learning/kept-parts.ts'
import { bytesHeld } from './bytes-held.ts'
import type { OpenedArtifact } from './open-artifact.ts'

/** What it holds now, in bytes. O(objects). */
export function heldBytesOf(opened: OpenedArtifact): number {
  return bytesHeld(opened) + opened.pipeline.bytesElsewhere
}

/** The same after a prediction; undefined where no part was kept since partsKept() was `partsBefore`, before it. Then O(1). */
export function grownBytesOf(opened: OpenedArtifact, partsBefore: number): number | undefined {
  return partsBefore === partsKept() ? undefined : heldBytesOf(opened)
}
