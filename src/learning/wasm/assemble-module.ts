// Routines put together to a WebAssembly module.
// https://webassembly.github.io/spec/core/binary/modules.html
import { type Code, END } from './instructions.ts'
import { unsigned } from './integers.ts'

export interface Routine {
  readonly name: string
  /** Types of values. */
  readonly parameters: Code
  readonly results: Code
  /** Numbers of locals and their types; they are counted on from the parameters. */
  readonly locals: readonly (readonly [count: number, type: number])[]
  /** Without its end. */
  readonly code: Code
}

export interface ModuleParts {
  /** Memory 0, imported as env.<name>. A shared one has at most 65,536 pages. */
  readonly memory: { readonly name: string; readonly isShared: boolean }
  /** The name by which the module exports a memory 1 of its own, of one page at first. Absent: it has none. */
  readonly ownMemory?: string
  /** Exported by their names. */
  readonly routines: readonly Routine[]
}

/** The bytes of the module. O(bytes). */
export function assembleModule({ memory, ownMemory, routines }: ModuleParts): Uint8Array<ArrayBuffer> {
  const own = ownMemory === undefined ? [] : [ownMemory]
  const limits = memory.isShared ? [0x03, 1, ...unsigned(65536)] : [0x00, 1]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      routines.map(({ parameters, results }) => [0x60, ...sized(parameters), ...sized(results)]),
    ),
    ...section(2, [[...text('env'), ...text(memory.name), 0x02, ...limits]]),
    ...section(
      3,
      routines.map((_, i) => unsigned(i)),
    ),
    ...(own.length > 0 ? section(5, [[0x00, 1]]) : []),
    ...section(7, [
      ...own.map((name) => [...text(name), 0x02, 1]),
      ...routines.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]),
    ]),
    ...section(
      10,
      routines.map(({ locals, code }) =>
        sized([...list(locals.map(([count, type]) => [...unsigned(count), type])), ...code, END]),
      ),
    ),
  ])
}

function section(id: number, items: readonly Code[]): Code {
  return [id, ...sized(list(items))]
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()]
}

function text(value: string): Code {
  return sized([...value].map((letter) => letter.charCodeAt(0)))
}

/** Bytes behind their number. */
function sized(content: Code): Code {
  return [...unsigned(content.length), ...content]
}
