// What was told of units already, as far as it is remembered: it spares writes, and decides nothing.

/** What of a unit was told, as bits. */
export const EXPOSED = 1
export const FAILED = 2
export const SLOW = 4

/** Two generations: the older one is forgotten whole when the newer one is full. Some 120 bytes a unit. */
export class SeenUnits {
  private readonly generationMax: number
  private newer = new Map<string, number>()
  private older = new Map<string, number>()

  /** Remembers between so many units and twice as many. */
  constructor(generationMax = 50_000) {
    this.generationMax = generationMax
  }

  /** Notes the bit; false where it was noted before. O(1). */
  add(unit: string, bit: number): boolean {
    const newer = this.newer.get(unit)
    const known = newer ?? this.older.get(unit) ?? 0
    const isNew = (known & bit) === 0
    if (!isNew && newer !== undefined) return false
    this.newer.set(unit, known | bit)
    if (this.newer.size >= this.generationMax) {
      this.older = this.newer
      this.newer = new Map()
    }
    return isNew
  }

  /** What was told of it was lost: it is told again. */
  forget(unit: string): void {
    this.newer.delete(unit)
    this.older.delete(unit)
  }
}
