// Deployments of a running worker as commands ask for them and show them.
import type { Terminal } from './command.ts'
import { textOf, type Values } from './options.ts'
import { pathOf } from './worker-action.ts'
import { WorkerClient } from './worker-client.ts'

export interface Deployment {
  readonly id: number
  readonly project: string
  readonly environment: string
  readonly version: number
  readonly target: string
  readonly instances: number
  readonly origin: string
  readonly status: string
  readonly reason?: string
  readonly requested_at: string
  readonly requested_by: string
  readonly note?: string
  readonly active_from?: string
  readonly active_until?: string
}

export const PLACE_OPTIONS = {
  project: { type: 'string' },
  environment: { type: 'string' },
  json: { type: 'boolean' },
} as const
export const PLACE_DETAILS = [
  '  --project P            the name of the project, or its id',
  '  --environment E        default: production',
]
export const ASK_OPTIONS = { ...PLACE_OPTIONS, note: { type: 'string' }, wait: { type: 'boolean' } } as const
export const ASK_DETAILS = [
  '  --note TEXT            for whoever looks later',
  '  --wait                 wait until it is active; the exit code is 1 where it does not come to that',
  '  --json                 the answer of the worker as it is',
]

/** The path of an environment. Throws UsageError without a project. */
export function placeOf(values: Values): string {
  const { environment = 'production' } = values
  return `${pathOf(textOf(values, 'project'))}/environments/${encodeURIComponent(String(environment))}`
}

/** Asks for a deployment, and waits for what becomes of it where that is wanted. Resolves to the exit code. */
export async function askFor(
  route: 'deployments' | 'rollback',
  body: object,
  values: Values,
  terminal: Terminal,
): Promise<0 | 1> {
  const client = new WorkerClient()
  const place = placeOf(values)
  let { body: deployment } = await client.send<Deployment>('POST', `${place}/${route}`, body)
  if (values['wait'] === true) {
    terminal.err(lineOf(deployment))
    const isSettled = ({ status }: Deployment): boolean => status !== 'pending' && status !== 'deploying'
    deployment = await client.until(`${place}/deployments/${deployment.id}`, isSettled)
  }
  terminal.out(values['json'] === true ? JSON.stringify(deployment, null, 2) : lineOf(deployment))
  return values['wait'] === true && deployment.status !== 'active' ? 1 : 0
}

export function lineOf({ id, project, environment, version, status, reason }: Deployment): string {
  const why = reason === undefined ? '' : `: ${reason}`
  return `deployment ${id}: version ${version} in ${environment} of ${project} is ${status}${why}`
}
