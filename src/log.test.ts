import t from 'tap'
import { withoutData } from './log.ts'

t.test('leaves out the words of an error that may quote values, and of its causes', async (t) => {
  const error = new TypeError('secret\n    secret of two lines', { cause: new SyntaxError('secret') })
  const logged = withoutData(Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE', row: ['secret'] }))
  t.notMatch(JSON.stringify(logged), /secret/)
  t.match(logged, { type: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', cause: { type: 'SyntaxError' } })
  t.match(logged.stack, /^ +at .*log\.test\.ts/)
  t.same(withoutData('secret'), { type: 'string' })
  t.same(withoutData(undefined), { type: 'undefined' })
})

t.test('keeps the words of the system and of the database', async (t) => {
  for (const [code, message] of [
    ['ENOSPC', 'no space left on device'],
    ['ECONNREFUSED', 'connect ECONNREFUSED'],
    ['42501', 'permission denied for table models'],
    ['57P01', 'terminating connection'],
  ] as const) {
    t.equal(withoutData(Object.assign(new Error(message), { code })).message, message)
  }
  t.equal(withoutData(new Error('Connection terminated unexpectedly')).message, 'Connection terminated unexpectedly')
  for (const code of ['22P02', '23505'])
    t.equal(withoutData(Object.assign(new Error('"17"'), { code })).message, undefined)
})

t.test('ends with causes that go round', async (t) => {
  const error = new Error('a')
  error.cause = error
  t.ok(JSON.stringify(withoutData(error)).length < 10_000)
})

t.test('neither the name nor the code of an error brings data into the log', async (t) => {
  for (const more of [
    { name: 'Zebra' },
    { code: 'Zebra' },
    { code: 'ZEBRA' },
    { code: 'EZEBRA' },
    { code: 'EZEBR', message: 'Zebra' },
    { code: 'WRONG', message: 'Zebra' },
    { message: '\n    at Zebra (file:///zebra.ts:1:2)' },
  ]) {
    t.notMatch(JSON.stringify(withoutData(Object.assign(new Error(more.message ?? 'no'), more))), /zebra|EZEBR/i)
  }
  const forged = new Error('b')
  forged.stack = 'Error: \n    at Zebra (file:///zebra.ts:1:2)\n    at b'
  t.notMatch(JSON.stringify(withoutData(forged)), /zebra/i)
})
