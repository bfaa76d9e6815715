import t from 'tap'
import { FAILURE_CODES, failed } from '../spool/training-outcome.ts'
import { type FromTrainer, parseMessage } from './messages.ts'

t.test('reads every message that the trainer process sends', async (t) => {
  const messages: FromTrainer[] = [
    { type: 'ready' },
    { type: 'progress', at: 1.5e12, phase: 'fit', step: 'trees', done: 0, of: 100 },
    { type: 'ended' },
    { type: 'unwritten', code: 'disk_full', message: 'ENOSPC' },
  ]
  for (const message of messages) t.same(parseMessage(JSON.stringify(message)), message)
})

for (const line of [
  '',
  'hello',
  'null',
  '17',
  '"ready"',
  '[]',
  '{}',
  '{"type":"ready"',
  '{"type":"trained","metrics":{}}',
  '{"type":null}',
  '{"type":{"type":"ended"}}',
  '{"__proto__":{"type":"ready"}}',
  '{"type":"unwritten","code":"other","message":""}',
  '{"type":"unwritten","code":"disk_full"}',
  '{"type":"progress"}',
  '{"type":"progress","at":1,"phase":"fit","done":"1","of":2,"step":"a"}',
  '{"type":"progress","at":1,"phase":"fit","done":1e999,"of":2,"step":"a"}',
  '{"type":"progress","at":1,"phase":"fit","done":1,"of":null,"step":"a"}',
  '{"type":"progress","at":1,"phase":"fit","done":1,"of":2}',
  '{"type":"progress","at":1,"phase":"fit","done":1,"of":2,"step":["a"]}',
  '{"type":"progress","at":1,"phase":"dance","done":1,"of":2,"step":"a"}',
  '{"type":"progress","at":"now","phase":"fit","done":1,"of":2,"step":"a"}',
  '{"type":"progress","phase":"fit","done":1,"of":2,"step":"a"}',
  `{"type":"progress","at":1,"phase":"fit","done":1,"of":2,"step":"${'a'.repeat(101)}"}`,
  `{"type":"progress","at":1,"phase":"fit","done":1,"of":2,"step":"${'a'.repeat(10_000)}"}`,
]) {
  t.test(`takes ${line.slice(0, 60) || 'nothing'} for nonsense`, async (t) => {
    t.equal(parseMessage(line), undefined)
  })
}

t.test('a failure is plain data with a code of the list', async (t) => {
  t.same(failed('cancelled', 'by a caller'), { type: 'failed', code: 'cancelled', message: 'by a caller' })
  t.ok(FAILURE_CODES.includes('cancelled'))
})
