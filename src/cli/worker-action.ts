// Commands that call a running worker: what an action of one is, and how its answer is shown.
import { type Arguments, type Terminal, UsageError } from './command.ts'
import type { Values } from './options.ts'
import { textTable } from './text-table.ts'
import { WorkerClient } from './worker-client.ts'

/** What --help says of where the worker is. */
export const WORKER_DETAILS = [
  '  The worker is that of ML_WORKER_URL, by default the one that listens on PORT of this machine. With ACCESS=required',
  '  ML_WORKER_TOKEN is the API token.',
]

/** What an action does with its options; the answer goes out as JSON or as text. */
export type Action = (values: Values, client: WorkerClient, terminal: Terminal) => Promise<Shown>

export interface Shown {
  /** As the worker answered. */
  readonly answer: unknown
  readonly text: string
  /** Absent: 0. */
  readonly code?: 1
}

/** Throws UsageError where there is no such action. */
export async function runAction(
  expected: string,
  actions: Readonly<Record<string, Action>>,
  { values, positionals: [what = ''] }: Arguments,
  terminal: Terminal,
): Promise<0 | 1> {
  const action = Object.hasOwn(actions, what) ? actions[what] : undefined
  if (action === undefined) throw new UsageError(`expected ${expected}, got ${what}`)
  const { answer, text, code = 0 } = await action(values, new WorkerClient(), terminal)
  terminal.out(values['json'] === true ? JSON.stringify(answer, null, 2) : text)
  return code
}

export function pathOf(project: string): string {
  return `/api/projects/${encodeURIComponent(project)}`
}

/** A line for each member. */
export function membersOf(answer: object): string {
  const lines = Object.entries(answer).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return textTable(lines, false)
}
