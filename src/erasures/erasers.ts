// How rooms take part in an erasure: each says how it erases what it keeps.
import type { SoughtValue } from '../model/sought-value.ts'

/** What a room has erased. Counts and ids only: it is stored, and told in the audit. */
export interface Erased {
  /** How many of what: { rows: 3 }. What was not found may be left out. */
  readonly erased: Readonly<Record<string, number>>
  /** Runs that learn from such rows just now, or have learnt and are about to end. */
  readonly inTraining?: readonly number[]
  /** Data sets of which rows went. */
  readonly datasets?: readonly ErasedDataset[]
  /** Runs that learnt from what had such rows, whether they have succeeded or not. */
  readonly learnt?: readonly number[]
  /** Why a part could not be done: the erasure fails then, and what was done counts all the same. */
  readonly failure?: string | undefined
  /** Where the value may still be, since the room cannot or may not erase it there. */
  readonly remaining?: readonly Remaining[]
}

export interface ErasedDataset {
  readonly datasetId: number
  readonly rows: number
  /** Rows that it has now; 0: its content is deleted. */
  readonly left: number
}

export interface Remaining {
  /** In words, without the value. */
  readonly place: string
  /** The runs it is about; empty where it is about none. */
  readonly runIds: readonly number[]
}

export interface Eraser {
  /** Of the room, as it is told. */
  readonly name: string
  /**
   * Erases what the room keeps with this value, and is done again without harm. What it throws makes the erasure fail; the
   * others go on. The value must go into no log, error, query or file.
   */
  erase(sought: SoughtValue, signal: AbortSignal): Promise<Erased>
}

/** In the order in which they are registered: what takes rows in comes before what keeps them. */
export class Erasers {
  private readonly registered: Eraser[] = []

  register(eraser: Eraser): void {
    if (this.registered.some(({ name }) => name === eraser.name)) {
      throw new Error(`there are two erasers with the name ${eraser.name}`)
    }
    this.registered.push(eraser)
  }

  get all(): readonly Eraser[] {
    return this.registered
  }
}
