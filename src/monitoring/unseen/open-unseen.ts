// The part of the log of predictions that keeps levels which the training never saw.
import { inTransaction, type ServicePool } from '../../database/pool.ts'
import type { Erasers } from '../../erasures/erasers.ts'
import type { Foundation } from '../../foundation.ts'
import type { Retention } from '../../retention/retention.ts'
import { DROP_REASONS } from '../log/try-to-write.ts'
import { FoundLevels } from './found-levels.ts'
import { keptUnseen } from './retention.ts'
import { unseenBatchOf } from './stored-levels.ts'
import { unseenEraser } from './unseen-eraser.ts'
import { UnseenLevels } from './unseen-levels.ts'
import { insertUnseen } from './unseen-levels-table.ts'

export interface UnseenNeeds {
  readonly erasers: Erasers
  readonly retention: Retention
  readonly keepsRows: (projectId: number) => boolean
  /** Of the flusher. */
  readonly own: ServicePool
}

export function openUnseen(
  { ownSchema, keys, telemetry, log }: Pick<Foundation, 'ownSchema' | 'keys' | 'telemetry' | 'log'>,
  { erasers, retention, keepsRows, own }: UnseenNeeds,
): { readonly levels: UnseenLevels; readonly found: FoundLevels } {
  const dropped = telemetry.counter({
    name: 'ml_worker_unseen_levels_dropped_total',
    help: 'Columns of requests or writes whose levels that the training never saw are not told, by reason',
    labelNames: ['reason'],
  })
  for (const reason of [...DROP_REASONS, 'no_room']) dropped.inc({ reason }, 0)
  const levels = new UnseenLevels({
    keepsRows,
    batchOf: (hours) => unseenBatchOf(hours, keys),
    write: (batch) => inTransaction(own, (tx) => insertUnseen(tx, batch)),
    onDropped: (reason, count) => dropped.inc({ reason }, count),
    log,
  })
  erasers.register(unseenEraser({ ownSchema, keys, flush: () => levels.flush() }))
  retention.register(keptUnseen(ownSchema.pool, () => ownSchema.isUsable()))
  const waitingOf = levels.waitingOf.bind(levels)
  return { levels, found: new FoundLevels({ ownSchema, keys, keepsRows, waitingOf, log }) }
}
