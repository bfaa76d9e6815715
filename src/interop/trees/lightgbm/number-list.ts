// Numbers between spaces, as they stand in the lines of a model.txt.
import type { ModelFileFaults } from '../../model-file-error.ts'
import type { Members } from './model-text.ts'

const NUMBERS = /^[\d+\-.eE ]*$/
/** What C++ writes for what is no finite number. */
const WORDS: Readonly<Record<string, number>> = { inf: Infinity, '-inf': -Infinity, nan: NaN, '-nan': NaN }

/** Reads the lists of one tree, and tells what is wrong with them. */
export class ListReader {
  private readonly members: Members
  private readonly place: string
  private readonly faults: ModelFileFaults
  /** Whether all lists were well. */
  isWell = true

  constructor(members: Members, place: string, faults: ModelFileFaults) {
    this.members = members
    this.place = place
    this.faults = faults
  }

  fault(detail: string): void {
    this.isWell = false
    this.faults.add(this.place, detail)
  }

  /** `count` whole numbers from min to max; where they are not, zeros, and a fault is told. O(characters). */
  integers(key: string, count: number, min: number, max: number): readonly number[] {
    const found = this.list(key, count)
    const wrong = found.find((value) => !(Number.isInteger(value) && value >= min && value <= max))
    if (wrong === undefined) return found
    this.fault(`${key}: expected whole numbers from ${min} to ${max}, got ${wrong}`)
    return found.map(() => 0)
  }

  /** `count` finite numbers. */
  finite(key: string, count: number): readonly number[] {
    const found = this.list(key, count)
    const wrong = found.find((value) => !Number.isFinite(value))
    if (wrong !== undefined) this.fault(`${key}: expected finite numbers, got ${wrong}`)
    return found
  }

  /** `count` numbers, of which some may be infinite or NaN. */
  numbers(key: string, count: number): readonly number[] {
    return this.list(key, count)
  }

  private list(key: string, count: number): readonly number[] {
    const text = this.members.get(key)
    const words = text === undefined ? [] : text.split(' ').filter((word) => word !== '')
    if (text === undefined) {
      if (count > 0) this.fault(`the line ${key} is missing`)
    } else if (words.length !== count) this.fault(`${key}: expected ${count} numbers, got ${words.length}`)
    else {
      const arePlain = NUMBERS.test(text)
      const numbers = words.map((word) => (arePlain ? Number(word) : numberOf(word)))
      const wrong = arePlain ? numbers.findIndex(Number.isNaN) : numbers.indexOf(undefined)
      if (wrong < 0) return numbers as number[]
      this.fault(`${key}: number ${wrong + 1} is none`)
    }
    // Told, so that the file is refused: the length keeps those who read on from looking beyond it.
    return this.isBelievable(count) ? new Array<number>(count).fill(0) : []
  }

  /** A count that a lying file tells takes no memory. */
  private isBelievable(count: number): boolean {
    return count <= 10_000
  }
}

function numberOf(word: string): number | undefined {
  if (Object.hasOwn(WORDS, word)) return WORDS[word]
  const value = NUMBERS.test(word) ? Number(word) : Number.NaN
  return Number.isNaN(value) ? undefined : value
}
