import t from 'tap'
import { mailTextOf } from './mail-text.ts'

const common = { messageId: 'msg_1', happenedAt: new Date(0), project: { id: 1, name: 'iris' } }

t.test('a message becomes words, a line a member', async (t) => {
  const review = { decision: 'rejected', note: 'too old', decided_by: 'token/x' }
  const { subject, text } = mailTextOf({
    ...common,
    type: 'review.decided',
    data: { version: 3, state: 'rejected', review },
  })
  t.equal(subject, 'iris: Version 3 is rejected')
  t.equal(
    text,
    [
      'iris: Version 3 is rejected.',
      '',
      'project: iris',
      'version: 3',
      'state: rejected',
      'review, decision: rejected',
      'review, note: too old',
      'review, decided by: token/x',
      'at: 1970-01-01T00:00:00.000Z',
      '',
      'Sent by ml-worker since this address asked for it (review.decided, msg_1).',
      '',
    ].join('\n'),
  )
})

t.test('an alert says what it is about in its subject', async (t) => {
  const subjectOf = (type: string, data: Record<string, unknown>) => mailTextOf({ ...common, type, data }).subject
  const drift = { kind: 'drift', severity: 'high', version: 3, environment: 'production' }
  t.equal(subjectOf('alert.firing', drift), 'iris: Alert: drift of version 3 in production, high')
  t.equal(
    subjectOf('alert.firing', { kind: 'training_failed', severity: 'critical' }),
    'iris: Critical alert: training failed of the project, critical',
  )
  t.equal(subjectOf('alert.resolved', drift), 'iris: Resolved: drift of version 3 in production')
})

t.test('a subject is one line, whatever stands in the message', async (t) => {
  const data = { version: 3, environment: 'a\r\nBcc: b@example.com', status: 'active' }
  const { subject } = mailTextOf({ ...common, type: 'deployment.changed', data })
  t.equal(subject, 'iris: Version 3 in a Bcc: b@example.com is active')
  t.equal(
    mailTextOf({ ...common, type: 'deployment.changed', data: { ...data, environment: 'x'.repeat(500) } }).subject
      .length,
    150,
  )
  t.equal(mailTextOf({ ...common, project: undefined, type: 'other.type', data: {} }).subject, 'other.type')
})
