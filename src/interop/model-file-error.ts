// What is wrong with the file of a model, as the caller is told: places in the file, and all that was found.

/** One thing that is wrong, or that we do not take. */
export interface ModelFileFault {
  /** Where in the file: a line, a member, a tree and a node. Empty for the file as a whole. */
  readonly place: string
  readonly detail: string
}

/** Places that begin so are no places in the file: they name an option of the caller that does not fit it. */
export const OPTION_PLACE = 'options.'

/** Faults that are told; a file may have as many as it has bytes. */
const FAULTS_MAX = 50

/** A file that is no model that we can take: broken, cut off, or with something in it that is refused by name. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError'
  /** At least one. */
  readonly faults: readonly ModelFileFault[]

  constructor(faults: readonly ModelFileFault[], options?: ErrorOptions) {
    super(faults.map(({ place, detail }) => (place === '' ? detail : `${place}: ${detail}`)).join('; '), options)
    this.faults = faults
  }
}

/** Faults as they are found. */
export class ModelFileFaults {
  private readonly faults: ModelFileFault[] = []
  private untold = 0

  add(place: string, detail: string): void {
    if (this.faults.length < FAULTS_MAX) this.faults.push({ place, detail })
    else this.untold += 1
  }

  /** Throws ModelFileError where there are any. */
  throwIfAny(): void {
    const { faults, untold } = this
    if (faults.length === 0) return
    throw new ModelFileError(untold === 0 ? faults : [...faults, { place: '', detail: `and ${untold} more` }])
  }
}

/** A file with one fault, which ends the reading of it. */
export function modelFileFault(place: string, detail: string, options?: ErrorOptions): ModelFileError {
  return new ModelFileError([{ place, detail }], options)
}
