// What a kind of job is: its name, the form of its data, and how often it is tried. Sender and worker share one value.
import type { Static, TObject } from '@sinclair/typebox'

export interface JobKind<Data extends TObject = TObject> {
  /** Letters, digits, dashes and underscores; unique in the worker. */
  readonly name: string
  /** What is stored with a job. A job whose data has another form, of another version of the worker, fails. */
  readonly data: Data
  /** Attempts after the first. Default 5. */
  readonly retries?: number
  /** Before the second attempt, in seconds; doubled with each further one, with some chance. Default 5. */
  readonly retryDelaySeconds?: number
  /** The longest of these waits, in seconds. Default 3600. */
  readonly retryDelaySecondsMax?: number
  /** Longest attempt, in seconds; beyond it the next one begins, here or in another worker. Default 900. */
  readonly timeoutSeconds?: number
}

export interface JobContext {
  readonly id: string
  /** 1 for the first. A job may be done twice: guard what it writes. */
  readonly attempt: number
  /** Aborted when the time is over, or the worker stops. */
  readonly signal: AbortSignal
}

export type JobHandler<Data extends TObject> = (data: Static<Data>, context: JobContext) => Promise<void>

export interface SendOptions {
  /** Not before so many seconds. */
  readonly afterSeconds?: number
  /** While a job of the kind with this key waits, no other is taken. */
  readonly key?: string
}

/** How often: every so many seconds, or by cron in UTC, by the minute. */
export type Interval = { readonly everySeconds: number } | { readonly cron: string }

/** Of kinds and of repeated jobs. */
export const JOB_NAME = /^[a-z][a-z0-9_-]{0,60}$/
