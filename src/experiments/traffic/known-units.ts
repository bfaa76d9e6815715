// Units as this process remembers them: it spares hashes and writes, and decides nothing.

/** What was told of a unit, as bits. */
export const EXPOSED = 1
export const FAILED = 2
export const SLOW = 4

export interface KnownUnit {
  readonly experimentId: number
  readonly phase: number
  /** Of unitOf. */
  readonly unit: string
  /** The place of its arm. */
  readonly arm: number
  /** Bits. */
  told: number
}

/** Two generations: the older one is forgotten whole when the newer one is full. Some 400 bytes a unit. */
export class KnownUnits {
  private readonly generationMax: number
  private newer = new Map<string, KnownUnit>()
  private older = new Map<string, KnownUnit>()

  /** Remembers between so many units and twice as many. */
  constructor(generationMax = 25_000) {
    this.generationMax = generationMax
  }

  /** name: of the phase and the key. O(1). */
  find(name: string): KnownUnit | undefined {
    const found = this.newer.get(name)
    if (found !== undefined) return found
    const before = this.older.get(name)
    if (before !== undefined) this.add(name, before)
    return before
  }

  add(name: string, unit: KnownUnit): void {
    this.newer.set(name, unit)
    if (this.newer.size < this.generationMax) return
    this.older = this.newer
    this.newer = new Map()
  }
}
