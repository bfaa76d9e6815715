// What must work for the service to take work: what GET /api/health looks at.
import type pg from 'pg'
import type { LockSession } from './database/lock-session.ts'
import type { OwnSchema } from './database/own-schema/own-schema.ts'
import { ping } from './database/pool.ts'
import type { Finding } from './database/tables/judge-tables.ts'
import type { UsableTables } from './database/tables/usable-tables.ts'
import type { HealthCheck } from './http/health.ts'
import type { ModelRegistry } from './registry/model-registry.ts'
import type { Spool } from './spool/spool.ts'
import type { Trainer } from './trainer/trainer.ts'
import type { Trainings } from './training/trainings.ts'

export interface CheckedParts {
  readonly state: { readonly isClosing: boolean }
  readonly pool: pg.Pool
  readonly locks: Pick<LockSession, 'foreignLock'>
  readonly tables: UsableTables
  readonly ownSchema: Pick<OwnSchema, 'describe'>
  readonly registry: ModelRegistry
  readonly trainer: Trainer
  readonly trainings: Trainings
  readonly spool: Spool
}

/** By name; each throws with the reason when it does not hold. */
export function healthChecksOf({
  state,
  pool,
  locks,
  tables,
  ownSchema,
  registry,
  trainer,
  trainings,
  spool,
}: CheckedParts): Record<string, HealthCheck> {
  return {
    running: () => {
      if (state.isClosing) throw new Error('shutting down')
      return 'taking requests'
    },
    database: async () => {
      await ping(pool)
      const { foreignLock } = locks
      return foreignLock === undefined ? 'answers' : `answers; ${foreignLock}`
    },
    tables: async () => {
      throwFirst(await tables.errors(), 'tables')
      return 'as the worker needs them'
    },
    grants: async () => {
      throwFirst(await tables.errors(), 'grants')
      return 'all that are needed'
    },
    own_schema: () => ownSchema.describe(),
    models: () => {
      if (!registry.isReconciled) throw new Error('not reconciled with the database yet')
      if (registry.availableCount === 0) throw new Error('no model is both in the code and in the table models')
      return `${registry.availableCount} available`
    },
    trainer: () => {
      if (trainer.problem !== undefined) throw new Error(trainer.problem)
      return `${trainings.length} trainings waiting or running`
    },
    disk: async () => {
      await spool.probe()
      return 'the spool can be written'
    },
  }
}

function throwFirst(errors: readonly Finding[], check: Finding['check']): void {
  const own = errors.filter((error) => error.check === check)
  if (own.length > 0) throw new Error(own.map(({ detail, remedy }) => `${detail}; do: ${remedy}`).join(' · '))
}
