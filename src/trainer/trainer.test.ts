import pino from 'pino'
import t from 'tap'
import { until } from '../../test/support/until.ts'
import { Trainer } from './trainer.ts'

const limits = { threads: 1, timeoutMs: 60_000, startTimeoutMs: 60_000, memoryBytesMax: 2 ** 30 }

t.test('a process that waits for work is no problem', async (t) => {
  const trainer = new Trainer(limits, () => ({}), pino({ level: 'silent' }))
  t.teardown(() => trainer.close())
  t.match(trainer.problem, /has not started yet/)
  trainer.warmUp()
  await until(() => trainer.problem === undefined)
})

t.test('a process that does not get ready is ended and replaced, and said to be the problem', async (t) => {
  // No process is as fast.
  const trainer = new Trainer({ ...limits, startTimeoutMs: 1 }, () => ({}), pino({ level: 'silent' }))
  t.teardown(() => trainer.close())
  trainer.warmUp()
  await until(() => trainer.problem?.includes('SIGKILL') === true)
  const job = { spoolPath: '/nowhere', module: 'file:///nowhere', attempt: 1 }
  const end = await trainer.train(job, { progressed: () => {}, printed: () => {} })
  t.match(end, { type: 'failed', code: 'trainer_died', message: /SIGKILL/ })
})
