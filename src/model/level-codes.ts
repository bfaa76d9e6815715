// Codes of levels, counted from 0 in the order in which they come. Strings are safe in a Map: V8 hashes them with a seed.
import { NumberMap } from './number-map.ts'
import type { Level } from './table.ts'

export class LevelCodes {
  /** Made with the first number: most columns of categories have none. */
  private numbers: NumberMap | undefined
  /** Those that are no numbers. */
  readonly others = new Map<unknown, number>()
  size = 0

  /** The code of a level, or −1; of anything that is no level, −1. */
  get(level: unknown): number {
    if (typeof level === 'number') return this.numbers?.get(level) ?? -1
    return this.others.get(level) ?? -1
  }

  /** What `typeof` gives for the levels, in the order of levels. */
  get types(): readonly string[] {
    const booleanCount = Number(this.others.has(false)) + Number(this.others.has(true))
    const counts = { number: this.numbers?.size ?? 0, string: this.others.size - booleanCount, boolean: booleanCount }
    return Object.entries(counts).flatMap(([type, count]) => (count > 0 ? [type] : []))
  }

  /** Gives a level that is not there the next code. */
  add(level: Level): number {
    const code = this.size++
    if (typeof level === 'number') {
      this.numbers ??= new NumberMap()
      this.numbers.set(level, code)
    } else this.others.set(level, code)
    return code
  }
}

const codesByLevels = new WeakMap<readonly Level[], LevelCodes>()

/** The codes of a list of levels, which must not change: made once for as long as there is the list. */
export function codesOf(levels: readonly Level[]): LevelCodes {
  let codes = codesByLevels.get(levels)
  if (codes === undefined) {
    codes = new LevelCodes()
    for (const level of levels) codes.add(level)
    codesByLevels.set(levels, codes)
  }
  return codes
}
