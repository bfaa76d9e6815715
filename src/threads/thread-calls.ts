// What the service and one of its threads say to each other: calls by name, each with one question and one answer.
import type { Refusal } from '../errors.ts'

/** The calls that a thread answers, as the type of an object of functions. Questions and answers are plain data. */
export type ThreadCalls<Calls> = { readonly [Name in keyof Calls]: (question: never) => unknown }

export type CallName<Calls> = keyof Calls & string

export type Question<Calls extends ThreadCalls<Calls>, Name extends CallName<Calls>> = Parameters<Calls[Name]>[0]

export type Answer<Calls extends ThreadCalls<Calls>, Name extends CallName<Calls>> = Awaited<ReturnType<Calls[Name]>>

export interface ToThread {
  /** Undefined where nobody waits for an answer. */
  readonly id: number | undefined
  readonly name: string
  readonly question: unknown
  /** The service wants to hear when the thread begins with the call. */
  readonly isBeginTold: boolean
}

export type FromThread =
  | { readonly id: number; readonly begun: true }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly refusal: Refusal }
  | { readonly id: number; readonly error: unknown }
