// What rooms have registered, and the times by which it is worked on.
import type { Interval, JobHandler, JobKind } from './job-kind.ts'

/** In seconds. */
export interface JobsSettings {
  /** A worker that gives no sign for so long has lost its job to the next one; at least 10. Default 60. */
  readonly heartbeatSeconds: number
  /** How often workers that gave no sign, and attempts that took too long, are looked for. Default 30. */
  readonly monitorSeconds: number
  /** How often a job that was sent is looked for; at least 0.5. Default 2. */
  readonly pollSeconds: number
  /** How often a schema that is not set up is looked at again. Default 60. */
  readonly lookSeconds: number
}

/** Repeated work. Two of one name never run at once, in all workers. */
export interface Repeated {
  readonly name: string
  readonly interval: Interval
  readonly work: (signal: AbortSignal) => Promise<void>
}

export interface Worked {
  readonly kind: JobKind
  // biome-ignore lint/suspicious/noExplicitAny: the data was checked against the kind
  readonly handler: JobHandler<any>
}
