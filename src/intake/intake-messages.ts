// What the service and its intake thread say to each other: plain data, one question at a time.
import type { Refusal } from '../errors.ts'
import type { SharedBudget } from '../memory/memory-budget.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { AcceptedRun } from '../spool/spool-file.ts'
import type { TrainingHead } from './read-training.ts'

/** What the thread is started with. */
export interface IntakeData {
  /** The modules of the models, by their names. */
  readonly modules: ReadonlyMap<string, string>
  readonly budget: SharedBudget
}

export type ToIntake =
  /** Read this body. The work is held until it is written or dropped. */
  | { readonly type: 'read'; readonly head: TrainingHead; readonly body: BodyBytes }
  /** Write the work that is held, for this run, to a file of the spool. */
  | { readonly type: 'write'; readonly path: string; readonly run: AcceptedRun }
  | { readonly type: 'drop' }

export type FromIntake =
  | { readonly type: 'read'; readonly run: AcceptedRun }
  /** modelName: as far as the body told it. */
  | { readonly type: 'refused'; readonly modelName: string | undefined; readonly refusal: Refusal }
  | { readonly type: 'written' }
  | { readonly type: 'failed'; readonly error: unknown }
