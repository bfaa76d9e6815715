import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

t.test('a training finds its model class as the one before has compiled it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'ml-worker-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }))
  // Node tells of each file whether it finds it compiled.
  const environment = { DATA_DIR: folder, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }
  const trainer = new Trainer(limits, () => environment, pino({ level: 'silent' }))
  t.teardown(() => trainer.close())
  const module = import.meta.resolve('../../test/models/majority.ts')
  const job = { spoolPath: join(folder, 'none.work'), module, attempt: 1 }
  const toldBy = async () => {
    const lines: string[] = []
    t.same(await trainer.train(job, { progressed: () => {}, printed: (_, line) => lines.push(line) }), {
      type: 'ended',
    })
    return lines.filter((line) => line.includes('majority.ts')).join('\n')
  }
  t.match(await toldBy(), /no transpile cache for \S+ \S+majority\.ts/)
  t.match(await toldBy(), /retrieving transpile cache for \S+ \S+majority\.ts\.\.\.success/)
})
