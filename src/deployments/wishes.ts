// What callers ask of deployments.
import type { Caller } from '../caller.ts'
import type { NewDeployment } from './deployment.ts'
import type { DeploymentFilter } from './deployments-table.ts'
import type { TargetName } from './targets/target.ts'

/** What a caller asks of one environment of a project. */
export interface Place {
  readonly project: string
  readonly environment: string
}

export interface DeploymentWish {
  readonly version?: number | undefined
  readonly alias?: string | undefined
  readonly target?: TargetName | undefined
  readonly settings?: Readonly<Record<string, unknown>> | undefined
  readonly instances?: number | undefined
  readonly note?: string | undefined
  readonly deactivate_others?: boolean | undefined
}

export interface RollbackWish {
  /** A deployment of the environment that was active; without it what was active before. */
  readonly to?: number | undefined
  readonly note?: string | undefined
}

export interface Asker {
  readonly caller: Caller
  readonly idempotencyKey: string | undefined
}

/** A deployment that only its transaction is missing of. */
export interface PreparedDeployment {
  readonly asked: NewDeployment
  readonly asker: Asker
}

export interface ListFilter extends Omit<DeploymentFilter, 'projectId'> {
  readonly project?: string | undefined
}
