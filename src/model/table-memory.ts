// The memory that a table takes: what is asked for it, and what a distinct value costs.

export interface TableMemory {
  take(bytes: number): void
  give(bytes: number): void
  /** Throws when so many bytes in all could never be taken. */
  check(bytes: number): void
}

/** What V8 takes for a distinct value, beyond the characters of a string: the value, and its place in a map. */
export const LEVEL_BYTES = 96
