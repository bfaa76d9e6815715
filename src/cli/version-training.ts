// A training of a project that the command line waits for.
import { CommandError } from './command.ts'
import type { WorkerClient } from './worker-client.ts'

export interface Training {
  readonly model_run_id: number
  readonly state: string
  readonly reason?: string
  readonly version?: number
}

/** What became of a run of the project, once that is known. Throws CommandError where it is none. */
export async function endOf(client: WorkerClient, project: string, run: number): Promise<Training> {
  const isOver = ({ status }: { readonly status: string }): boolean => status === 'SUCCESS' || status === 'FAILED'
  await client.until(`/api/runs/${run}`, isOver)
  // What it became is written a moment after its end.
  const path = `${project}/trainings?limit=1&before=${run + 1}`
  const page = await client.until<{ trainings: readonly Training[] }>(
    path,
    ({ trainings: [newest] }) => newest?.state !== 'training',
  )
  const [ended] = page.trainings
  if (ended?.model_run_id !== run) throw new CommandError(`run ${run} is no training of the project`)
  return ended
}
