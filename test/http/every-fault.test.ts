// Faults of form and faults of meaning are told at once, on every route that takes a body; and what is refused changes nothing.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Fault, placeOf } from '../../src/model/faults.ts'
import { startGuardedService } from '../support/access.ts'
import { experimentProject, letWin, startExperiment, twoArms } from '../support/experiments.ts'
import { BODIES, type BodyWithFaults, HALVES } from './bodies-with-faults.ts'

interface DocumentedPaths {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: object }>>>>
}

const { admin, database } = await startGuardedService(t, ['forest', 'majority'], {
  REVIEW_SELF: 'allow',
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'worker@example.com',
})
const { path: experiments } = await experimentProject(admin, 'kinds')
const { body: draft } = await admin.post(experiments, twoArms('a draft'))
const won = await startExperiment(admin, experiments, twoArms('one that was won'))
await letWin(database.owner, won, 1)
const { body: webhook } = await admin.post('/api/webhooks', { url: 'https://example.com/hook' })
const { body: mail } = await admin.post('/api/webhooks', { mail_to: 'a@example.com' })
const { body: version } = await admin.get('/api/projects/kinds/versions/1')
const ids = { RUN: version.model_run_id, WEBHOOK: webhook.id, MAIL: mail.id, DRAFT: draft.id, WON: won }

/** The faults of the answer, each with its place. */
async function toldOf({ method, path, body, type }: Omit<BodyWithFaults, 'template' | 'told'>): Promise<string[]> {
  const named = path.replace(/[A-Z]{3,}/, (name) => String(ids[name as keyof typeof ids]))
  const headers = type === undefined ? {} : { 'content-type': type }
  const answer = await admin.request(method, named, body, headers)
  t.match(answer, { status: 400, body: { code: 'REQUEST_INVALID' } }, `${method} ${named}`)
  return ((answer.body.errors ?? []) as Fault[]).map((fault) => `${placeOf(fault)}: ${fault.detail}`)
}

const eventCount = async (): Promise<number> => {
  const { rows } = await database.owner.query('select count(*)::int as count from ml_worker.audit_events')
  return rows[0].count
}

t.test('every route that takes a body stands in the table', async (t) => {
  const { paths }: DocumentedPaths = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'),
  )
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody }]) =>
      requestBody === undefined ? [] : [`${method.toUpperCase()} ${path}`],
    ),
  )
  t.same(BODIES.map(({ method, template }) => `${method} ${template}`).sort(), documented.sort())
})

t.test('a fault of form hides no fault of meaning', async (t) => {
  const before = await eventCount()
  for (const given of BODIES) {
    if ('why' in given) continue
    const told = await toldOf(given)
    for (const expected of given.told) {
      t.ok(
        told.some((fault) => fault.startsWith(expected)),
        `${given.method} ${given.template}: ${expected}`,
        { told },
      )
    }
  }
  t.equal(await eventCount(), before)
})

t.test('a pair of which one is malformed is not judged', async (t) => {
  for (const given of HALVES) {
    t.match(await toldOf(given), { length: 1 }, `${given.method} ${given.path} ${JSON.stringify(given.body)}`)
  }
})
