// What must hold once the service is up again and no more trainings come: docs/reliability.md, looked at from outside.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { WorkerProcess } from '../support/worker-process.ts'

export interface Promised {
  readonly worker: WorkerProcess
  readonly owner: pg.Pool
  readonly dataDir: string
  readonly accepted: ReadonlySet<number>
  /** The last run whose result was looked at before: a result never changes. */
  readonly checkedRuns: number
}

/**
 * As long as runs go on to their end nothing is wrong, however slow the machine is; a training of these, its process included,
 * takes well below that.
 */
const STALLED_MS = 60_000

/** What may lie under DATA_DIR between two rounds. */
const OF_DATA_DIR = [
  ...[
    'bodies',
    'compile-cache',
    'datasets',
    'imports',
    'runs',
    'sealing',
    'spool',
    'storage',
    'worker-id',
    'worker.sock',
  ],
]

/** Waits until what was accepted has its end, and gives every promise that does not hold. */
export async function checkPromises({ worker, owner, dataDir, accepted, checkedRuns }: Promised) {
  const broken: string[] = []
  const startedAt = performance.now()
  // What is not accepted may be RUNNING as well: the service was killed before it could answer.
  const openNow = async (): Promise<string> => {
    const open = [await waitingOf(owner, accepted), await spoolOf(dataDir), await idsOf(owner, RUNNING)]
    return JSON.stringify(open)
  }
  let seen = { open: await openNow(), at: startedAt }
  while (seen.open !== NOTHING_OPEN && performance.now() - seen.at < STALLED_MS) {
    await pause(20)
    const open = await openNow()
    if (open !== seen.open) seen = { open, at: performance.now() }
  }
  const endedAfterMs = Math.round(performance.now() - startedAt)

  const { rows: open } = await owner.query(
    `select id, run_status from model_runs where id = any($1) and run_status not in ('SUCCESS', 'FAILED')`,
    [[...accepted]],
  )
  for (const { id, run_status } of open) broken.push(`accepted run ${id} is ${run_status}`)
  for (const id of await idsOf(owner, RUNNING)) broken.push(`run ${id} is RUNNING without an owner`)
  for (const id of await idsOf(owner, METRIC_TWICE)) broken.push(`run ${id} has a metric twice`)
  for (const id of await idsOf(owner, FAILED_IN_SILENCE)) broken.push(`run ${id} is FAILED without a reason`)
  for (const id of await idsOf(owner, HALF_WRITTEN)) broken.push(`run ${id} has a result or metrics without SUCCESS`)
  for (const name of await spoolOf(dataDir)) broken.push(`the spool still holds ${name}`)
  for (const name of await readdir(dataDir)) {
    if (!OF_DATA_DIR.includes(name)) broken.push(`${name} is left over`)
  }
  for (const folder of ['bodies', 'datasets', 'imports']) {
    const entries = await readdir(join(dataDir, folder), { recursive: true, withFileTypes: true })
    for (const { name } of entries.filter((entry) => entry.isFile())) broken.push(`the body ${name} is left over`)
  }
  for (const name of await readdir(join(dataDir, 'runs'))) {
    const [, id] = /^(\d+)\.(json|ndjson)$/.exec(name) ?? []
    if (id === undefined) broken.push(`${name} is left over among the records`)
  }
  const succeeded = (await idsOf(owner, SUCCESS)).filter((id) => id > checkedRuns)
  for (const id of succeeded) {
    const answer = await worker.client.predict(id, { features: [{ a: 1, b: 1, c: 0 }] })
    const isGood = answer.status === 200 && ['above', 'below'].includes(answer.body.predictions[0].y)
    if (!isGood) broken.push(`run ${id} is SUCCESS, and a prediction answers ${answer.status} ${answer.body.code}`)
  }
  return { broken, endedAfterMs, predicted: succeeded.length, checkedRuns: Math.max(checkedRuns, ...succeeded) }
}

const NOTHING_OPEN = JSON.stringify([0, [], []])
const RUNNING = `select id from model_runs where run_status = 'RUNNING'`
const SUCCESS = `select id from model_runs where run_status = 'SUCCESS' order by id`
const METRIC_TWICE = `select distinct model_run_id as id from model_run_metrics
  group by model_run_id, metric_name having count(*) > 1`
const FAILED_IN_SILENCE = `select id from model_runs r where run_status = 'FAILED' and not exists
  (select from model_run_metrics m where m.model_run_id = r.id and metric_name = 'error_code')`
const HALF_WRITTEN = `select id from model_runs r where run_status <> 'SUCCESS' and (run_result is not null or exists
  (select from model_run_metrics m where m.model_run_id = r.id and metric_name = 'training_rows'))`

async function idsOf(owner: pg.Pool, statement: string): Promise<number[]> {
  const { rows } = await owner.query(statement)
  return rows.map(({ id }) => Number(id))
}

async function waitingOf(owner: pg.Pool, accepted: ReadonlySet<number>): Promise<number> {
  const { rows } = await owner.query(
    `select count(*)::int as n from model_runs where id = any($1) and run_status not in ('SUCCESS', 'FAILED')`,
    [[...accepted]],
  )
  return rows[0].n
}

function spoolOf(dataDir: string): Promise<string[]> {
  return readdir(join(dataDir, 'spool'))
}
