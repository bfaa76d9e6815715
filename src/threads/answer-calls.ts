// The thread's side of its calls: every call gets an answer, or the error that it ended in.
import { parentPort } from 'node:worker_threads'
import { refusalOf, ServiceError } from '../errors.ts'
import type { CallName, FromThread, Question, ThreadCalls, ToThread } from './thread-calls.ts'

/** What the thread does for each call. */
export type CallHandlers<Calls extends ThreadCalls<Calls>> = {
  readonly [Name in CallName<Calls>]: (
    question: Question<Calls, Name>,
  ) => ReturnType<Calls[Name]> | Promise<Awaited<ReturnType<Calls[Name]>>>
}

type AnyHandler = (question: unknown) => unknown

/**
 * Answers the calls of a ThreadClient from now on; a call can begin while another waits for something. A ServiceError
 * arrives as itself, with its faults. `transferOf` lists the buffers of an answer that are given away, not copied.
 */
export function answerCalls<Calls extends ThreadCalls<Calls>>(
  handlers: CallHandlers<Calls>,
  transferOf: (answer: unknown) => readonly ArrayBuffer[] = () => [],
): void {
  const send = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void =>
    parentPort?.postMessage(message, transfer)
  parentPort?.on('message', async ({ id, name, question, isBeginTold }: ToThread) => {
    const handler = handlers[name as CallName<Calls>] as AnyHandler
    if (id === undefined) {
      await handler(question)
      return
    }
    if (isBeginTold) send({ id, begun: true })
    try {
      const answer = await handler(question)
      send({ id, answer }, transferOf(answer))
    } catch (error) {
      send(error instanceof ServiceError ? { id, refusal: refusalOf(error) } : { id, error })
    }
  })
}
