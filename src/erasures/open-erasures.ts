// The room that erases what is kept of a person: by a column's value, over all rooms that keep something.
import type { Audit } from '../audit/audit.ts'
import { ERASURE_LOCKS } from '../database/lock-kinds.ts'
import type { Foundation } from '../foundation.ts'
import { StoredResults } from '../model-runs/stored-results.ts'
import { findModelNames, listSuccesses } from '../model-runs/successes-table.ts'
import { Retry } from '../retry.ts'
import type { Opened } from '../room.ts'
import type { BodyReceiver } from '../rows/body-receiver.ts'
import { Erasers } from './erasers.ts'
import { Erasures } from './erasures.ts'
import { erasureRoutes } from './routes.ts'
import { settledInTime } from './settled-in-time.ts'
import { findTrainedRuns, type Results } from './trained-runs.ts'

const SWEEP_EVERY_SECONDS = 60

/** Rooms that are opened later register how they erase. */
export async function openErasures(
  base: Foundation,
  { audit, bodies }: { readonly audit: Audit; readonly bodies: BodyReceiver },
): Promise<Opened<Erasers>> {
  const { pool, ownSchema, jobs, budget, log } = base
  const erasers = new Erasers()
  // Its rows may be about to be spooled: what is on its way when an erasure begins is let through, and found by those after.
  erasers.register({
    name: 'bodies',
    async erase(_, signal) {
      await settledInTime(bodies.settled(), signal)
      return { erased: {} }
    },
  })
  const stored = new StoredResults(pool, base.keys)
  const results: Results = {
    list: (afterId, limit) => listSuccesses(pool, afterId, limit),
    front: async (runId, byteLength) => (await stored.front(runId, byteLength))?.front ?? undefined,
    size: async (runId) => (await stored.find(runId))?.result ?? undefined,
    read: (runId, size) => stored.read(runId, size),
  }
  const retry = new Retry(log)
  const erasures = new Erasures({
    ownSchema,
    audit,
    locks: base.locks.of(ERASURE_LOCKS),
    erasers,
    findTrained: (sought, learnt, signal) => findTrainedRuns(results, budget, sought, learnt, signal),
    retry,
    log,
  })
  jobs.repeat('erasures-interrupted', { everySeconds: SWEEP_EVERY_SECONDS }, () => erasures.sweep())
  const room = {
    name: 'erasures',
    routes: erasureRoutes({ ownSchema, erasures, modelNames: (runIds) => findModelNames(pool, runIds) }),
    async drain() {
      retry.end()
      await erasures.close()
    },
  }
  return { room, api: erasers }
}
