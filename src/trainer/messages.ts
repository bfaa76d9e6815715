// All that crosses between the service and its trainer process: plain data, one JSON object a line.
import type { AttemptKeys } from '../spool/spool.ts'
import { FAILURE_CODES, type FailureCode } from '../spool/training-outcome.ts'

export interface ToTrainer {
  /** The spool file with the work. */
  readonly spoolPath: string
  /** URL of the model's module. */
  readonly module: string
  /** Counts from 1. */
  readonly attempt: number
  /** Where what is stored is encrypted: what this training opens and seals with, and nothing else. */
  readonly keys?: AttemptKeys
}

/**
 * What a training is at, in this order. "search" and "cross_validation" are of those that ask for it; without encoding
 * steps there is no "encode".
 */
export const PHASES = ['read', 'search', 'cross_validation', 'encode', 'fit', 'metrics', 'report', 'artifact'] as const
export type Phase = (typeof PHASES)[number]

/** How far a training is in one of its phases. */
export interface Progress {
  readonly phase: Phase
  /** What is done in it, in words of the estimator where it is "fit"; at most 100 characters. */
  readonly step: string
  /** Grows to `of` within a step. */
  readonly done: number
  readonly of: number
}

export type FromTrainer =
  | { readonly type: 'ready' }
  /** at: milliseconds since 1970. */
  | ({ readonly type: 'progress'; readonly at: number } & Progress)
  /** The outcome lies beside the spool file. */
  | { readonly type: 'ended' }
  /** The outcome could not be written there. */
  | { readonly type: 'unwritten'; readonly code: FailureCode; readonly message: string }

/** Longest name of a step. */
export const STEP_LENGTH_MAX = 100
/** Longest line that is read from a trainer process: ours are short, and what a model class writes there is nonsense. */
const LINE_LENGTH_MAX = 10_000

/** The message in a line, or undefined when the line is none of ours. */
export function parseMessage(line: string): FromTrainer | undefined {
  if (line.length > LINE_LENGTH_MAX) return undefined
  try {
    const message = JSON.parse(line) as Partial<ProgressMessage> | null
    if (isUnwritten(message)) return message
    if (message?.type === ('ready' as string) || message?.type === ('ended' as string)) return message as FromTrainer
    return isProgress(message) ? message : undefined
  } catch {
    return undefined
  }
}

type ProgressMessage = Extract<FromTrainer, { type: 'progress' }>

function isUnwritten(message: unknown): message is Extract<FromTrainer, { type: 'unwritten' }> {
  const { type, code, message: text } = (message ?? {}) as Record<string, unknown>
  return type === 'unwritten' && FAILURE_CODES.includes(code as FailureCode) && typeof text === 'string'
}

function isProgress(message: Partial<ProgressMessage> | null): message is ProgressMessage {
  if (message?.type !== 'progress' || typeof message.step !== 'string') return false
  const { at, done, of, phase, step } = message
  if (step.length > STEP_LENGTH_MAX || !PHASES.includes(phase as Phase)) return false
  return Number.isFinite(at) && Number.isFinite(done) && Number.isFinite(of)
}
