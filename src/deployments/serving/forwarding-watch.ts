// A watch that stands before another one: what it hears goes on to that, unless a class that extends it does otherwise.
import type { RowsWatch, SampledRows, UnseenCounts } from '../../prediction/rows-watch.ts'

export class ForwardingWatch implements RowsWatch {
  protected readonly inner: RowsWatch

  constructor(inner: RowsWatch) {
    this.inner = inner
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

  sampled(rows: SampledRows, idPrefix: string, milliseconds: number): void {
    this.inner.sampled(rows, idPrefix, milliseconds)
  }
}
