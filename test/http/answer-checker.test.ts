// The checker of answers notices each way in which an answer can differ from docs/openapi.json.
import t from 'tap'
import { type AnswerToCheck, differencesOf } from '../support/openapi.ts'

const problem = (code: string, status: number) => ({
  type: 'urn:ml-worker:error:x',
  title: 'x',
  status,
  detail: 'x',
  code,
  errors: [],
})

function differences(given: {
  readonly method?: string
  readonly path?: string
  readonly status?: number
  readonly type?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}): string[] {
  const { method = 'POST', path = '/api/train?model_name=a', status = 200, type = 'application/json', body } = given
  const answer: AnswerToCheck = {
    method,
    path,
    status,
    headers: new Headers({ 'content-type': type, ...given.headers }),
    text: typeof body === 'string' ? body : JSON.stringify(body),
  }
  return differencesOf(answer)
}

const accepted = { status: 'accepted', model_name: 'a', model_run_id: 1, warnings: [] }
const problemType = 'application/problem+json; charset=utf-8'

t.test('takes answers that the document has', async (t) => {
  t.same(differences({ body: accepted }), [])
  t.same(differences({ status: 400, type: problemType, body: problem('MODEL_UNKNOWN', 400) }), [])
  t.same(differences({ path: '/api/runs/7/cancel', body: { status: 'cancelled', model_run_id: 7 } }), [])
  t.same(
    differences({
      method: 'GET',
      path: '/nowhere',
      status: 404,
      type: problemType,
      body: problem('ROUTE_UNKNOWN', 404),
    }),
    [],
  )
  const headers = { 'retry-after': '5' }
  t.same(differences({ status: 503, type: problemType, body: problem('QUEUE_FULL', 503), headers }), [])
  t.same(differences({ path: '/api/predict', type: 'text/csv; header=present', body: 'y\r\np\r\n' }), [])
})

t.test('notices another status, media type, body, code or header', async (t) => {
  const cases: readonly (readonly [Parameters<typeof differences>[0], RegExp])[] = [
    [{ status: 202, body: accepted }, /^the status is not one of 200, 400/],
    [{ type: 'text/html', body: '<p>' }, /^the media type text\/html is not one of application\/json$/],
    [{ body: 'accepted' }, /^the body is not JSON/],
    [{ body: { ...accepted, model_run_id: '1' } }, /^the body \/model_run_id must be integer/],
    [{ body: { status: 'accepted', model_name: 'a' } }, /must have required property 'model_run_id'/],
    [{ body: { ...accepted, more: 1 } }, /must NOT have additional properties .*more/],
    [{ status: 400, type: problemType, body: problem('NOT_A_CODE', 400) }, /^the body \/code must be equal to one of/],
    [{ status: 409, type: problemType, body: problem('RUN_FAILED', 409) }, /^the code RUN_FAILED is not one of/],
    [{ status: 503, type: problemType, body: problem('QUEUE_FULL', 503) }, /^Retry-After is null$/],
    [{ path: '/nowhere', body: {} }, /of a path without a route is no problem$/],
    [
      { path: '/nowhere', status: 400, type: problemType, body: problem('MODEL_UNKNOWN', 400) },
      /^the code MODEL_UNKNOWN is not one of/,
    ],
  ]
  const line = { id: 1, time: '2026-01-01T00:00:00.000Z', source: 'worker', text: 'x' }
  const lines = { method: 'GET', path: '/api/runs/1/logs', type: 'application/x-ndjson' }
  t.same(differences({ ...lines, body: `${JSON.stringify(line)}\n` }), [])
  t.match(differences({ ...lines, body: `${JSON.stringify({ ...line, id: 'a' })}\n` }), [/\/id must be integer/])
  const events = { method: 'GET', path: '/api/runs/1/events', type: 'text/event-stream' }
  const event = (name: string, data: unknown) => `id: 1\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
  t.same(differences({ ...events, body: event('log', line) + event('progress', { position: 1, progress: null }) }), [])
  t.match(differences({ ...events, body: event('progress', { position: 'a', progress: null }) }), [
    /\/position must be/,
  ])
  t.match(differences({ ...events, body: event('other', {}) }), [/^x-events has no other$/])
  for (const [answer, expected] of cases) t.match(differences(answer).join('\n'), expected, JSON.stringify(answer))
})
