// The entry of a thread for the tests of ThreadClient.
import { threadId } from 'node:worker_threads'
import { ServiceError } from '../../src/errors.ts'
import { FaultList } from '../../src/model/faults.ts'
import { answerCalls } from '../../src/threads/answer-calls.ts'

export interface TestCalls {
  threadId(): number
  note(text: string): void
  notes(): readonly string[]
  /** Gives the bytes back, each one more. */
  increment(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>
  fail(message: string): never
  refuse(detail: string): never
  exit(code: number): never
  /** Takes memory until there is none. */
  fill(): never
  /** Blocks the thread for ever. */
  hang(): never
  /** Never answers, and blocks nobody. */
  wait(): Promise<never>
}

const notes: string[] = []

answerCalls<TestCalls>(
  {
    threadId: () => threadId,
    note: (text) => void notes.push(text),
    notes: () => notes,
    increment: (bytes) => bytes.map((byte) => byte + 1),
    fail(message) {
      throw new RangeError(message)
    },
    refuse(detail) {
      const faults = new FaultList()
      faults.add({ in: 'body', detail })
      throw new ServiceError('REQUEST_INVALID', 'one fault', { faults })
    },
    exit: (code) => process.exit(code),
    fill() {
      let held: unknown
      // In small pieces: V8 ends the process, not the thread, where one piece goes far beyond the limit.
      for (;;) held = { held }
    },
    hang() {
      for (;;);
    },
    wait: () => new Promise(() => {}),
  },
  (answer) => (answer instanceof Uint8Array ? [answer.buffer as ArrayBuffer] : []),
)
