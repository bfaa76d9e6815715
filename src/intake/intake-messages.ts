// What the service and its intake thread say to each other: plain data, one body at a time.
import type { SealingKey } from '../encryption/key-ring.ts'
import type { Refusal } from '../errors.ts'
import type { SharedBudget } from '../memory/memory-budget.ts'
import type { SoughtValue } from '../model/sought-value.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { RewriteKeys, RowsOfValue } from '../spool/erase-rows.ts'
import type { AcceptedRun } from '../spool/spool-file.ts'
import type { TrainingHead } from './read-training.ts'

/** What the thread is started with. */
export interface IntakeData {
  /** The modules of the models, by their names. */
  readonly modules: ReadonlyMap<string, string>
  readonly budget: SharedBudget
}

export interface IntakeCalls {
  /** Reads a body. The work is held until it is written or dropped. */
  read(question: { readonly head: TrainingHead; readonly body: BodyBytes }): ReadOutcome
  /** Writes the work that is held, for this run, to a file of the spool, sealed where there is a key, and lets it go. */
  write(question: { readonly path: string; readonly run: AcceptedRun; readonly sealing: SealingKey | undefined }): void
  /** Lets the work go. */
  drop(): void
  /** Takes rows out of a file of the spool, or only counts them where it is in use. Undefined of a file that is damaged. */
  erase(question: {
    readonly path: string
    readonly sought: SoughtValue
    readonly isInUse: boolean
    readonly keys: RewriteKeys
  }): RowsOfValue | undefined
}

export interface ReadRun {
  readonly run: AcceptedRun
  /** See ReadTraining. */
  readonly earlierDigest: string
}

export type ReadOutcome =
  | ReadRun
  /** modelName: as far as the body told it. */
  | { readonly refusal: Refusal; readonly modelName: string | undefined }
