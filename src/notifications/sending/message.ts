// What is sent of a notice: the same bytes in every attempt, to every receiver.
export interface Message {
  /** webhook-id: a receiver that has seen it before need not act again. */
  readonly messageId: string
  readonly type: string
  readonly happenedAt: Date
  readonly project: { readonly id: number; readonly name: string } | undefined
  readonly data: Readonly<Record<string, unknown>>
}

/** How an attempt went. */
export interface AttemptAnswer {
  /** "gone": the receiver wants nothing any more. "refused": another attempt would go the same way. */
  readonly result: 'delivered' | 'failed' | 'refused' | 'gone'
  /** Of HTTP or SMTP; null where there was no answer. */
  readonly status: number | null
  /** Why it failed, in words. No part of the answer: that may hold what is not ours to show. */
  readonly error?: string
  /** Not before so many seconds, where the receiver said so. */
  readonly retryAfterSeconds?: number
}

/** The JSON of a message, as Standard Webhooks has it. */
export function bodyOf({ type, happenedAt, project, data }: Message): string {
  const of = project === undefined ? {} : { project: { id: project.id, name: project.name } }
  return JSON.stringify({ type, timestamp: happenedAt.toISOString(), data: { ...of, ...data } })
}
