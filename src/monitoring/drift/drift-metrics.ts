// Figures of drift for Prometheus: what this worker looked at, and the newest looks of all workers.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { askedOnce } from '../../telemetry/asked-once.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { NewLook } from './look.ts'
import { listNewestLooks, type NewestLook } from './looks-table.ts'
import { DAY_MS } from './windows.ts'

/** Versions whose newest looks are told, those with most drift first. */
const LOOKS_MAX = 200
/** Columns of a look that are told: those with the largest effect. */
const COLUMNS_MAX = 10
/** Older looks are of versions that predict no more. */
const NEWEST_MS = 8 * DAY_MS
const NAME_LENGTH_MAX = 100

export interface LookCounters {
  looked(look: NewLook): void
  failed(): void
}

export function countLooks(telemetry: Telemetry, ownSchema: OwnSchema): LookCounters {
  const looks = telemetry.counter({
    name: 'ml_worker_drift_looks_total',
    help: 'Looks at drift that this worker made, by what they found',
    labelNames: ['state'],
  })
  const failures = telemetry.counter({
    name: 'ml_worker_drift_look_failures_total',
    help: 'Looks at drift that failed in this worker; each is tried again',
  })
  failures.inc(0)
  const newest = askedOnce(async () =>
    (await ownSchema.isUsable()) ? listNewestLooks(ownSchema.pool, new Date(Date.now() - NEWEST_MS), LOOKS_MAX) : [],
  )
  telemetry.gauge({
    name: 'ml_worker_drift_columns',
    help: 'Columns that drift in the newest look at a version, over all workers; absent while the database is away',
    labelNames: ['project', 'environment', 'version'],
    async collect() {
      this.reset()
      for (const { projectName: project, slot, drifted } of await newest())
        this.set({ project, ...placeOf(slot) }, drifted)
    },
  })
  telemetry.gauge({
    name: 'ml_worker_drift_effect',
    help: `PSI less its mean without change in the newest look at a version, of the ${COLUMNS_MAX} columns where it is largest`,
    labelNames: ['project', 'environment', 'version', 'column', 'role'],
    async collect() {
      this.reset()
      for (const { projectName: project, slot, worst } of await newest()) {
        for (const { name, role, psiExcess } of worst.slice(0, COLUMNS_MAX)) {
          this.set({ project, ...placeOf(slot), column: name.slice(0, NAME_LENGTH_MAX), role }, psiExcess)
        }
      }
    },
  })
  telemetry.gauge({
    name: 'ml_worker_drift_look_age_seconds',
    help: 'From the end of the window of the newest look at any version until now; absent without one of the last eight days',
    async collect() {
      this.reset()
      const ends = (await newest()).map(({ window }) => window.to.getTime())
      if (ends.length > 0) this.set((Date.now() - Math.max(...ends)) / 1000)
    },
  })
  return {
    looked: ({ state }) => looks.inc({ state }),
    failed: () => failures.inc(),
  }
}

function placeOf({ environment, version }: NewestLook['slot']) {
  return { environment, version: String(version) }
}
