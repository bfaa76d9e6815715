// Routines put together to a WebAssembly module.
// https://webassembly.github.io/spec/core/binary/modules.html
import { unsigned } from './integers.ts'
import { CONTROL, type Code } from './opcodes.ts'
import type { AnyRoutine } from './values.ts'

export interface ModuleParts {
  /** Memory 0, imported as env.<name>. A shared one has at most 65,536 pages. */
  readonly memory: { readonly name: string; readonly isShared: boolean }
  /** The name by which the module exports a memory 1 of its own, of one page at first. Absent: it has none. */
  readonly ownMemory?: string
  /** Exported by their names. Routines that they call come with them. */
  readonly routines: readonly AnyRoutine[]
}

/** The bytes of the module. O(bytes). */
export function assembleModule({ memory, ownMemory, routines }: ModuleParts): Uint8Array<ArrayBuffer> {
  const own = ownMemory === undefined ? [] : [ownMemory]
  const limits = memory.isShared ? [0x03, 1, ...unsigned(65536)] : [0x00, 1]
  const all = withCalled(routines)
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, all.map(typeOf)),
    ...section(2, [[...text('env'), ...text(memory.name), 0x02, ...limits]]),
    ...section(
      3,
      all.map((_, i) => unsigned(i)),
    ),
    ...(own.length > 0 ? section(5, [[0x00, 1]]) : []),
    ...section(7, [
      ...own.map((name) => [...text(name), 0x02, 1]),
      ...routines.map((routine) => [...text(routine.name), 0x00, ...unsigned(all.indexOf(routine))]),
    ]),
    ...section(
      10,
      all.map(({ locals, code }) => {
        const bytes = code.flatMap((part) => (isRoutine(part) ? unsigned(all.indexOf(part)) : part))
        return sized([...list(runsOf(locals)), ...bytes, ...CONTROL.end])
      }),
    ),
    ...names(all),
  ])
}

/** The routines, then those that they call. */
function withCalled(routines: readonly AnyRoutine[]): AnyRoutine[] {
  const all = new Set(routines)
  // A set gives what is added while it is gone through.
  for (const { code } of all) for (const part of code) if (isRoutine(part)) all.add(part)
  return [...all]
}

function isRoutine(part: Code | AnyRoutine): part is AnyRoutine {
  return 'code' in part
}

function typeOf({ parameters, result }: AnyRoutine): Code {
  const types = Object.values(parameters).map(({ byte }) => byte)
  return [0x60, ...sized(types), ...sized(result === undefined ? [] : [result.byte])]
}

/** Equal types one behind the other, counted. */
function runsOf(types: Code): Code[] {
  const runs: { count: number; type: number }[] = []
  for (const type of types) {
    const last = runs.at(-1)
    if (last?.type === type) last.count++
    else runs.push({ count: 1, type })
  }
  return runs.map(({ count, type }) => [...unsigned(count), type])
}

/** What stack traces and profiles call the routines. */
function names(routines: readonly AnyRoutine[]): Code {
  const functions = list(routines.map(({ name }, i) => [...unsigned(i), ...text(name)]))
  return [0, ...sized([...text('name'), 1, ...sized(functions)])]
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
