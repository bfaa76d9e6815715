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

type PhaseName = Pick<KnownUnit, 'experimentId' | 'phase'>

/** Units of one phase of an experiment, by key. */
export interface PhaseUnits {
  /** O(1). */
  find(key: string): KnownUnit | undefined
  add(key: string, unit: KnownUnit): void
}

/** Two generations: the older one is forgotten whole when the newer one is full. Some 400 bytes a unit. */
export class KnownUnits {
  private readonly generationMax: number
  private readonly phases = new Map<string, Generations>()
  private newerCount = 0

  /** Remembers between so many units and twice as many. */
  constructor(generationMax = 25_000) {
    this.generationMax = generationMax
  }

  of(phase: PhaseName): PhaseUnits {
    const name = nameOf(phase)
    let units = this.phases.get(name)
    if (units === undefined) {
      units = new Generations(() => this.onAdded())
      this.phases.set(name, units)
    }
    return units
  }

  /** Forgets those of other phases: nobody may ask for them any more. */
  keepOnly(phases: readonly PhaseName[]): void {
    const names = new Set(phases.map(nameOf))
    for (const name of this.phases.keys()) if (!names.has(name)) this.phases.delete(name)
  }

  private onAdded(): void {
    this.newerCount += 1
    if (this.newerCount < this.generationMax) return
    this.newerCount = 0
    for (const units of this.phases.values()) units.age()
  }
}

class Generations implements PhaseUnits {
  private readonly onAdded: () => void
  private newer = new Map<string, KnownUnit>()
  private older = new Map<string, KnownUnit>()

  constructor(onAdded: () => void) {
    this.onAdded = onAdded
  }

  find(key: string): KnownUnit | undefined {
    const found = this.newer.get(key)
    if (found !== undefined) return found
    const before = this.older.get(key)
    if (before !== undefined) this.add(key, before)
    return before
  }

  add(key: string, unit: KnownUnit): void {
    this.newer.set(key, unit)
    this.onAdded()
  }

  age(): void {
    this.older = this.newer
    this.newer = new Map()
  }
}

function nameOf({ experimentId, phase }: PhaseName): string {
  return `${experimentId}/${phase}`
}
