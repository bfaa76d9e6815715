// The lines of a page in one shell, as a newcomer pastes them.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { PROJECT } from './command-line.ts'

const run = promisify(execFile)

export interface ShellOptions {
  readonly cwd?: string
  readonly timeout?: number
  /** What stands on the page, and what takes its place. */
  readonly replaced: Readonly<Record<string, string>>
}

/** What each line has printed. That it went well is asserted: curl fails where the answer is an error. */
export async function runLines(
  t: Test,
  lines: readonly string[],
  { cwd = PROJECT, timeout, replaced }: ShellOptions,
): Promise<{ readonly line: string; readonly text: string }[]> {
  let script = lines.map((line) => `${line}\nprintf '\\0%s\\0' "$?"\n`).join('')
  for (const [from, to] of Object.entries(replaced)) script = script.replaceAll(from, to)
  const command = `curl() { command curl -sS --fail-with-body "$@"; }\n${script}`
  const { stdout } = await run('bash', ['-c', command], { cwd, ...(timeout === undefined ? {} : { timeout }) })
  const told = stdout.split('\0')
  return lines.map((line, i) => {
    const text = told[2 * i] ?? ''
    t.equal(told[2 * i + 1], '0', `${line}\n${text}`)
    return { line, text }
  })
}

/** Those of the answers that are there, which are JSON. */
export function answersOf(ran: readonly { readonly line: string; readonly text: string }[]) {
  return ran.flatMap(({ line, text }) => (text === '' ? [] : [{ line, body: JSON.parse(text) }]))
}
