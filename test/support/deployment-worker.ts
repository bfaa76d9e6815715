// The parts of the room of deployments over a database and a scripted target, as several workers have them.
import { randomUUID } from 'node:crypto'
import pino from 'pino'
import type { Test } from 'tap'
import { Audit } from '../../src/audit/audit.ts'
import { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import { createPool, type Transaction } from '../../src/database/pool.ts'
import { activation } from '../../src/deployments/activation.ts'
import { ChangeLog } from '../../src/deployments/changes.ts'
import { Deployments } from '../../src/deployments/deployments.ts'
import { Reconciler } from '../../src/deployments/reconciler.ts'
import { Targets } from '../../src/deployments/targets/targets.ts'
import { openNotices } from '../../src/notifications/notices.ts'
import { Aliases } from '../../src/projects/aliases.ts'
import { Projects } from '../../src/projects/projects.ts'
import { Versions } from '../../src/projects/versions/versions.ts'
import type { TestDatabase } from './database.ts'
import type { ScriptedTarget } from './scripted-target.ts'

const log = pino({ level: 'silent' })
const CALLER = { actor: 'token/tester', address: null, requestId: null }

export interface DeploymentWorker {
  readonly deployments: Deployments
  readonly reconciler: Reconciler
  readonly changes: ChangeLog
}

/** requireApproved: as the reviews of a project decide. */
export function openDeploymentWorker(
  t: Test,
  { url }: Pick<TestDatabase, 'url'>,
  target: ScriptedTarget,
  {
    requireApproved = async () => {},
    timeoutSeconds = 600,
  }: {
    readonly requireApproved?: (tx: Transaction, projectId: number, version: number) => Promise<void>
    readonly timeoutSeconds?: number
  } = {},
): DeploymentWorker {
  const pool = createPool(url, log)
  const ownSchema = new OwnSchema({ pool })
  const audit = new Audit({ ownSchema, isRequired: true, onLost: () => {}, log })
  const projects = new Projects({ ownSchema, audit, check: async () => {} })
  const versions = new Versions(ownSchema, projects)
  const aliases = new Aliases({ ownSchema, audit, projects, versions })
  const targets = new Targets([target])
  const changes = new ChangeLog(
    ownSchema,
    openNotices(() => {}),
  )
  const requireTrusted = async (): Promise<void> => {}
  const shared = { ownSchema, audit, targets, changes, requireApproved }
  const deployments = new Deployments({ ...shared, projects, versions, aliases, requireTrusted })
  const activate = activation(shared)
  const reconciler = new Reconciler({ ...shared, activate, owner: randomUUID(), timeoutSeconds, log })
  changes.workWith((deploymentId) => reconciler.kick(deploymentId))
  t.teardown(async () => {
    await reconciler.close()
    await pool.close()
  })
  return { deployments, reconciler, changes }
}

/** As a caller with this Idempotency-Key asks. */
export const askerWith = (idempotencyKey?: string) => ({ caller: CALLER, idempotencyKey })

/**
 * What waits for its time is due now, row by row: one statement for all would meet the transactions of workers. condition: of
 * the rows, as SQL; onDue: told of each.
 */
export async function comeDue(
  { owner }: Pick<TestDatabase, 'owner'>,
  condition: string,
  onDue: (deployment: { readonly id: number }) => void = () => {},
): Promise<void> {
  const { rows } = await owner.query<{ id: number }>(
    `select deployment_id::int as id from ml_worker.deployments where step <> 'done' and ${condition}`,
  )
  for (const { id } of rows) {
    await owner.query(`update ml_worker.deployments set try_after = now() where deployment_id = $1`, [id])
    onDue({ id })
  }
}
