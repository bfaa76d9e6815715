// Runs that a test holds in training for as long as it likes, and what became of them.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { TestDatabase } from './database.ts'
import type { TestService } from './service.ts'
import { good } from './trained.ts'
import { until } from './until.ts'

type Worker = Pick<TestService, 'train' | 'logged'>

/** A path that does not exist, for a training to be in work until openGate. */
export function gate(t: Test): string {
  const path = join(tmpdir(), `ml-worker-gate-${randomBytes(8).toString('hex')}`)
  t.teardown(() => rm(path, { force: true }))
  return path
}

export const openGate = (path: string): Promise<void> => writeFile(path, '')

/** The body of a training, by the model held_open, that ends when the gate opens. */
export const heldBy = (path: string) => ({ ...good, parameters: { until_exists: path } })

/** How often a worker has begun the training of a run. */
export function begun({ logged }: Pick<Worker, 'logged'>, run: number): number {
  return logged.filter(({ msg, runId }) => msg === 'training begins' && runId === run).length
}

/** A folder for the data of a worker that outlives one process. */
export async function dataFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }))
  return folder
}

export async function spoolNames(dataDir: string): Promise<string[]> {
  return (await readdir(join(dataDir, 'spool'))).sort()
}

/** What can be done with the runs of a database. */
export function runsOf(database: TestDatabase) {
  const isRunning = async (run: number): Promise<boolean> => (await database.run(run)).run_status === 'RUNNING'

  /** Posts a new run, and gives its id once it was accepted. */
  const accepted = async (worker: Pick<Worker, 'train'>, model: string, body: unknown = good): Promise<number> => {
    const run = await database.insertRun(model)
    const answer = await worker.train(model, run, body)
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    return run
  }

  /** Posts a run that is in training until the gate opens, and waits until it has begun. */
  const inTraining = async (worker: Worker, path: string): Promise<number> => {
    const run = await accepted(worker, 'held_open', heldBy(path))
    await until(() => begun(worker, run) === 1)
    return run
  }

  /** The error_code of a run that ends as FAILED; its status when it ends otherwise. */
  const failureOf = async (run: number): Promise<string | undefined> => {
    const status = await database.ended(run)
    return status === 'FAILED' ? (await database.metrics(run))['error_code'] : status
  }

  /** Ends the connections to this database with such an application_name. */
  const terminate = async (names: string): Promise<void> => {
    const { rowCount } = await database.owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name like $1 and datname = current_database()`,
      [names],
    )
    if (rowCount === 0) throw new Error(`no connection has a name like ${names}`)
  }

  return { isRunning, accepted, inTraining, failureOf, terminate }
}
