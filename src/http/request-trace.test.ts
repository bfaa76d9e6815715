import t from 'tap'
import { requestIds } from './request-id.ts'
import { givenTraceId, traceparent } from './request-trace.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'

t.test('reads the trace of a caller, and nothing that is none', async (t) => {
  t.equal(givenTraceId({ traceparent: `00-${traceId}-b7ad6b7169203331-01` }), traceId)
  for (const bad of [
    '',
    'x',
    `ff-${traceId}-b7ad6b7169203331-01`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-b7ad6b7169203331-01`,
    `00-${traceId}-b7ad6b7169203331-01-more`,
  ]) {
    t.equal(givenTraceId({ traceparent: bad }), undefined, bad)
  }
  t.equal(givenTraceId({}), undefined)
})

t.test('writes a context as a header says it', async (t) => {
  t.equal(traceparent({ traceId, spanId: 'b7ad6b7169203331', traceFlags: 1 }), `00-${traceId}-b7ad6b7169203331-01`)
})

t.test('takes the request id of a caller when it is short and plain, and gives one of its own otherwise', async (t) => {
  const idOf = requestIds(1)
  t.equal(idOf({ headers: { 'x-request-id': 'a1:b/c-D_e.f=@+' } }), 'a1:b/c-D_e.f=@+')
  for (const bad of ['', 'a b', 'x'.repeat(129), 'a\n{"level":60}', 'é', '"']) {
    t.match(idOf({ headers: { 'x-request-id': bad } }), /^1-\w+$/)
  }
  t.not(idOf({ headers: {} }), idOf({ headers: {} }))
})
