// What other rooms ask of reviews before a version may answer anybody.
import type { Transaction } from '../../database/pool.ts'

export interface Approvals {
  /**
   * Throws ServiceError VERSION_NOT_APPROVED unless the version is approved. Until the transaction is over nobody takes the
   * approval back. Who also locks the project does that first.
   */
  requireApproved(tx: Transaction, projectId: number, version: number): Promise<void>
}
