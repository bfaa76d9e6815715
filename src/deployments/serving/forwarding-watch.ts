// A watch that stands before another one: what it hears goes on to that, but for the sampled rows, which somebody else takes first.
import type { RowsWatch, UnseenCounts } from '../../prediction/rows-watch.ts'

/** No class extends it: one is made for each request of an experiment, and a class that extends another takes longer to make. */
export class ForwardingWatch implements RowsWatch {
  readonly sampled: RowsWatch['sampled']
  private readonly inner: RowsWatch

  /** sampled: what hears of the rows; they go on to `inner` only where it lets them. */
  constructor(inner: RowsWatch, sampled: RowsWatch['sampled']) {
    this.inner = inner
    this.sampled = sampled
  }

  get sampleRate(): number {
    return this.inner.sampleRate
  }

  get keyColumn(): string | undefined {
    return this.inner.keyColumn
  }

  get wantsUnseen(): boolean {
    return this.inner.wantsUnseen === true
  }

  unseen(levels: readonly UnseenCounts[]): void {
    this.inner.unseen?.(levels)
  }

  countsFor(cellCount: number, rowCount: number): Float64Array | undefined {
    return this.inner.countsFor(cellCount, rowCount)
  }

  notCounted(...[rowCount, reason]: Parameters<RowsWatch['notCounted']>): void {
    this.inner.notCounted(rowCount, reason)
  }
}
