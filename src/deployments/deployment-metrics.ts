// Figures of deployments for Prometheus.
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { askedOnce } from '../telemetry/asked-once.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { ChangeListener } from './changes.ts'
import { countLive } from './steps-table.ts'

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 1_800]

/** Hears what this worker changes; what all workers have is asked of the database. */
export function countDeployments(telemetry: Telemetry, ownSchema: OwnSchema): ChangeListener {
  const changed = telemetry.counter({
    name: 'ml_worker_deployment_changes_total',
    help: 'Statuses that this worker gave to deployments, by target',
    labelNames: ['target', 'status'],
  })
  const seconds = telemetry.histogram({
    name: 'ml_worker_deployment_seconds',
    help: 'From the request of a deployment until it was active, by target',
    labelNames: ['target'],
    buckets: SECONDS,
  })
  const look = askedOnce(async () => ((await ownSchema.isUsable()) ? countLive(ownSchema.pool) : []))
  telemetry.gauge({
    name: 'ml_worker_deployments',
    help: 'Deployments of all workers that are active or on their way, by status and target; absent while the database is away',
    labelNames: ['status', 'target'],
    async collect() {
      this.reset()
      for (const { status, target, count } of await look()) this.set({ status, target }, count)
    },
  })
  telemetry.gauge({
    name: 'ml_worker_deployments_unready',
    help: 'Active deployments of all workers that their target did not see ready at the last look, by target',
    labelNames: ['target'],
    async collect() {
      this.reset()
      for (const { status, target, unready } of await look()) if (status === 'active') this.set({ target }, unready)
    },
  })
  return ({ target, status, requestedAt, activeFrom }) => {
    changed.inc({ target, status })
    if (status === 'active' && activeFrom !== null) {
      seconds.observe({ target }, Math.max(0, activeFrom.getTime() - requestedAt.getTime()) / 1000)
    }
  }
}
