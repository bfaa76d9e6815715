// The audit as it is answered.

import { Type } from '@sinclair/typebox'
import { NextPage } from '../pages.ts'
import type { AuditEntry } from './audit-event.ts'

const Nullable = (description: string) => Type.Unsafe<string | null>({ type: ['string', 'null'], description })

export const AuditEventAnswer = Type.Object(
  {
    event_id: Type.Integer({ format: 'int64', description: 'Counts from 1, without gaps' }),
    happened_at: Type.String({ format: 'date-time' }),
    actor: Type.String({ description: 'token/<id>, jwt/<subject>, command/<user>, or anyone' }),
    address: Nullable('Where the call came from'),
    request_id: Nullable('As in the log, and in X-Request-Id'),
    action: Type.String({ examples: ['run.train'] }),
    resource: Type.String({ examples: ['run/7'] }),
    before_digest: Nullable('Of what it was before'),
    after_digest: Nullable('Of what it is now'),
    details: Type.Unsafe<Record<string, unknown> | null>({
      type: ['object', 'null'],
      additionalProperties: true,
      description: 'Names and digests, by action',
    }),
    previous_digest: Type.String({ description: 'event_digest of the entry before; zeros before the first' }),
    event_digest: Type.String({ description: 'SHA-256 of the entry and of previous_digest' }),
  },
  { title: 'AuditEvent' },
)

export const AuditEventList = Type.Object(
  {
    audit_events: Type.Array(AuditEventAnswer, { description: 'The newest first' }),
    next: NextPage,
  },
  { title: 'AuditEventList' },
)

export function answerOf(entry: AuditEntry) {
  return {
    event_id: entry.eventId,
    happened_at: entry.happenedAt.toISOString(),
    actor: entry.actor,
    address: entry.address,
    request_id: entry.requestId,
    action: entry.action,
    resource: entry.resource,
    before_digest: entry.before,
    after_digest: entry.after,
    details: entry.details === null ? null : (JSON.parse(entry.details) as Record<string, unknown>),
    previous_digest: entry.previousDigest,
    event_digest: entry.digest,
  }
}
