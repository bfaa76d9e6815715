// The room that keeps the audit: what was changed, by whom.
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { Audit } from './audit.ts'
import { lastLink } from './audit-events-table.ts'
import { auditRoutes } from './routes.ts'

const HEAD_EVERY_SECONDS = 3_600

export async function openAudit({ config, ownSchema, jobs, telemetry, log }: Foundation): Promise<Opened<Audit>> {
  const lost = telemetry.counter({
    name: 'ml_worker_audit_events_lost_total',
    help: 'Changes without an entry in the audit, since the database did not take it',
  })
  const audit = new Audit({
    ownSchema,
    isRequired: config.ACCESS === 'required',
    onLost: () => lost.inc(),
    log,
  })
  // Kept outside of the database, so that entries which are cut off at the end can be told: ml-worker audit verify --known.
  jobs.repeat('audit-head', { everySeconds: HEAD_EVERY_SECONDS }, async () => {
    const { eventId, digest } = await lastLink(ownSchema.pool)
    log.info({ auditEvent: eventId, auditDigest: digest }, 'the last entry of the audit')
  })
  return { room: { name: 'audit', routes: auditRoutes(ownSchema) }, api: audit }
}
