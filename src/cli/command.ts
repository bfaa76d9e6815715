// What a command of the command line is, and how it fails.
import type { ParseArgsConfig, parseArgs } from 'node:util'
import type { Fault } from '../model/faults.ts'

type Options = NonNullable<ParseArgsConfig['options']>

/** Arguments as node:util gives them. */
export interface Arguments {
  readonly values: ReturnType<typeof parseArgs>['values']
  readonly positionals: readonly string[]
}

/** Where a command reads and writes. */
export interface Terminal {
  /** What was asked for. */
  out(text: string): void
  /** What goes on meanwhile, and what is wrong. */
  err(text: string): void
  /** True when what goes on can be written over: standard error is a terminal. */
  readonly isInteractive: boolean
}

export interface Command {
  /** What follows the name of the command. */
  readonly usage: string
  /** What --help says of it below the usage. */
  readonly details: string
  readonly options: Options
  /** Positional arguments, by name. */
  readonly takes: readonly string[]
  /** An option that stands in place of all of these. */
  readonly insteadOf?: string
  /** Resolves to the exit code: 0 when all is well, 1 when not. Throws CommandError, RefusedError and UsageError. */
  run(given: Arguments, terminal: Terminal): Promise<0 | 1>
}

/** Something did not work. The message says what, and what to do next. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** A worker refused a call for these faults. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    super(faults.map(({ detail }) => detail).join('; '))
    this.faults = faults
  }
}

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
