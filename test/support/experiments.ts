// Experiments for tests: a project whose first version is active and whose predictions are logged, and an outcome that no look found.
import type pg from 'pg'
import { inTransaction, type ServicePool } from '../../src/database/pool.ts'
import { concludeExperiment, lockExperiment } from '../../src/experiments/experiments-table.ts'
import { deploy, deployableProject } from './deployed.ts'
import type { TestClient } from './service.ts'

export interface ExperimentProject {
  readonly name: string
  /** /api/projects/…/experiments */
  readonly path: string
  /** The deployment of version 1. */
  readonly deployment: number
}

/** With two versions and more, of these model classes. */
export async function experimentProject(
  client: TestClient,
  name: string,
  models: readonly string[] = ['forest', 'majority'],
): Promise<ExperimentProject> {
  await deployableProject(client, name, models)
  const deployment = await deploy(client, name, 1)
  await client.put(`/api/projects/${name}/monitoring`, { log: 'sampled', rate: 0.01 })
  return { name, path: `/api/projects/${name}/experiments`, deployment }
}

/** Two arms, half of the keys each. */
export function twoArms(name: string, more: object = {}) {
  const arms = [
    { name: 'control', version: 1, share: 0.5 },
    { name: 'b', version: 2, share: 0.5 },
  ]
  return { name, arms, ...more }
}

/** Drafts and starts one, and gives its id. */
export async function startExperiment(client: TestClient, path: string, body: object): Promise<number> {
  const drafted = await client.post(path, body)
  const started = await client.post(`${path}/${drafted.body.id}/start`, {})
  if (started.status !== 200) throw new Error(JSON.stringify([drafted.body, started.body]))
  return drafted.body.id
}

/** As a look does that finds that the arm at this place has won. */
export async function letWin(owner: pg.Pool, experimentId: number, winner: number): Promise<void> {
  const decided = { outcome: 'winner', finding: 'it was right more often', decidingLook: null, by: 'test' } as const
  await inTransaction(owner as ServicePool, async (tx) => {
    await lockExperiment(tx, experimentId)
    await concludeExperiment(tx, { experimentId }, { ...decided, winner })
  })
}
