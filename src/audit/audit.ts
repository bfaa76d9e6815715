// The audit as other rooms use it: one more entry, in the transaction of what it tells of.
import type { Logger } from 'pino'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { inTransaction, type Transaction } from '../database/pool.ts'
import { type AuditEvent, nextEntry } from './audit-event.ts'
import { insertEntry, lastLink, lockChain } from './audit-events-table.ts'

export interface AuditParts {
  readonly ownSchema: OwnSchema
  /** True where nothing may be changed without an entry: with ACCESS=required. */
  readonly isRequired: boolean
  /** Called for each event that got no entry. */
  readonly onLost: () => void
  readonly log: Logger
}

export class Audit {
  private readonly parts: AuditParts

  constructor(parts: AuditParts) {
    this.parts = parts
  }

  /** Adds an entry in a transaction on the worker's own schema. Until that is over, other entries wait. */
  append(tx: Transaction, event: AuditEvent): Promise<void> {
    return appendEntry(tx, event)
  }

  /**
   * Adds an entry by itself, for what is changed outside of the worker's own schema: before that is done, so that nothing
   * is done without an entry. With ACCESS=required it throws when there can be none; else the work goes on without one:
   * silently where there is no schema, with a line in the log where it does not answer.
   */
  async announce(event: AuditEvent): Promise<void> {
    const { ownSchema, isRequired, onLost, log } = this.parts
    if (isRequired) await ownSchema.require()
    try {
      const { name } = await ownSchema.state()
      if (name === 'current') await inTransaction(ownSchema.pool, (tx) => this.append(tx, event))
    } catch (error) {
      if (isRequired) throw error
      onLost()
      const { action, resource } = event
      log.warn({ err: error, action, resource }, 'the audit has no entry of this: the database did not take it')
    }
  }
}

/** As Audit.append, for whoever has no Audit: the command line. */
export async function appendEntry(tx: Transaction, event: AuditEvent): Promise<void> {
  await lockChain(tx)
  await insertEntry(tx, nextEntry(await lastLink(tx), event, new Date()))
}
