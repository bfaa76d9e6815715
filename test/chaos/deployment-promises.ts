// What must hold of deployments once the service is up again: each that was answered is there and has come to its end, one is
// active, it predicts, and whoever asked for it was told of every status.
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { type DeploymentFlow, PROJECT } from './deployment-flow.ts'

/** As long as there is something new nothing is wrong; a lease of a worker that is gone ends well before. */
const STALLED_MS = 60_000

interface DeploymentRow {
  readonly id: number
  readonly version: number
  readonly status: string
  readonly step: string
  readonly from: Date | null
  readonly until: Date | null
  readonly events: readonly string[]
}

/** Which statuses may follow each other. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  pending: ['deploying', 'cancelled', 'failed'],
  deploying: ['active', 'cancelled', 'failed'],
  active: ['replaced', 'undeployed'],
}

/** Returns what is broken. `runs`: those that were accepted, whose ends are told too. */
export async function checkDeployments(
  owner: pg.Pool,
  flow: DeploymentFlow,
  runs: ReadonlySet<number>,
): Promise<string[]> {
  const rows = await settled(owner, flow, runs)
  const broken: string[] = []
  const known = new Map(rows.map((row) => [row.id, row]))
  for (const [id, version] of flow.asked) {
    if (known.get(id)?.version !== version) broken.push(`deployment ${id} was answered, and is not there as it was`)
  }
  for (const { id, status, step, events } of rows) {
    if (step !== 'done' && status !== 'active') broken.push(`deployment ${id} is ${status}, and its step ${step}`)
    if (events[0] !== 'pending' || events.at(-1) !== status)
      broken.push(`deployment ${id} is ${status} after ${events}`)
    const isWrong = events.some((event, i) => i > 0 && NEXT[events[i - 1] as string]?.includes(event) !== true)
    if (isWrong) broken.push(`deployment ${id} was ${events.join(', ')}`)
    const untold = events.filter((event) => flow.toldOf.get(id)?.has(event) !== true)
    if (untold.length > 0) broken.push(`nobody was told that deployment ${id} was ${untold.join(', ')}`)
  }
  for (const id of runs) if (!flow.toldRuns.has(id)) broken.push(`nobody was told of the end of run ${id}`)
  const once = rows.filter(({ from }) => from !== null).sort((a, b) => Number(a.from) - Number(b.from))
  for (const [i, { id, until }] of once.entries()) {
    const next = once[i + 1]
    const isLast = next === undefined
    if (isLast !== (until === null)) broken.push(`deployment ${id} was active until ${until?.toISOString() ?? 'now'}`)
    if (!isLast && Number(until) > Number(next.from))
      broken.push(`deployments ${id} and ${next.id} were active at once`)
  }
  const active = rows.filter(({ status }) => status === 'active')
  if (active.length !== 1) broken.push(`${active.length} deployments are active`)
  const { status, version } = await predictedAtLast(flow, active[0]?.version)
  if (status !== 200 || version !== active[0]?.version) {
    broken.push(`version ${active[0]?.version} is active; a prediction answers ${status} by version ${version}`)
  }
  return broken
}

/** Waits for what is on its way, and for what is to be told. */
async function settled(owner: pg.Pool, flow: DeploymentFlow, runs: ReadonlySet<number>): Promise<DeploymentRow[]> {
  let seen = { open: '', at: performance.now() }
  for (;;) {
    const { rows } = await owner.query<DeploymentRow>(
      `select deployment_id::float8 as id, version, status, step, active_from as "from", active_until as "until",
         (select array_agg(e.status order by event_id) from ml_worker.deployment_events e
          where e.deployment_id = d.deployment_id) as events
       from ml_worker.deployments d join ml_worker.projects using (project_id) where project_name = $1
       order by deployment_id`,
      [PROJECT],
    )
    const open = JSON.stringify([
      rows.filter(({ status, step }) => step !== 'done' && status !== 'active').map(({ id, step }) => [id, step]),
      rows.flatMap(({ id, events }) => events.filter((event) => flow.toldOf.get(id)?.has(event) !== true)),
      [...runs].filter((id) => !flow.toldRuns.has(id)),
    ])
    if (open !== seen.open) seen = { open, at: performance.now() }
    if (open === '[[],[],[]]' || performance.now() - seen.at > STALLED_MS) return rows
    await pause(100)
  }
}

/** A worker may be late by a second or two, or have too much to do. */
async function predictedAtLast(flow: DeploymentFlow, version: number | undefined) {
  const deadline = performance.now() + STALLED_MS
  for (;;) {
    const found = await flow.predicted().catch(() => ({ status: 0, version: undefined }))
    if ((found.status === 200 && found.version === version) || performance.now() > deadline) return found
    await pause(200)
  }
}
