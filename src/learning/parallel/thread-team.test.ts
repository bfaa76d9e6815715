import { Worker } from 'node:worker_threads'
import t from 'tap'
import { exitInWorker, failInWorker, sumInRounds, waitForStop } from '../../../test/support/team-tasks.ts'
import { FitStopped } from '../errors.ts'
import { StopFlag } from './stop-flag.ts'
import { ThreadTeam } from './thread-team.ts'

const at = (exportName: string) => ({ module: import.meta.resolve('../../../test/support/team-tasks.ts'), exportName })

t.test('runs a task in every thread and meets at barriers', async (t) => {
  for (const threadCount of [1, 2, 3]) {
    const team = new ThreadTeam(threadCount)
    const rounds = 200
    const input = { n: 1000, rounds, sums: new SharedArrayBuffer(8 * rounds * threadCount) }
    const results = await team.run(sumInRounds, at('sumInRounds'), input, new StopFlag())
    t.same(results, [...Array(threadCount).keys()])
    await team.close()
  }
})

t.test('an error in one thread ends the others and is thrown', async (t) => {
  const team = new ThreadTeam(2)
  await t.rejects(team.run(failInWorker, at('failInWorker'), null, new StopFlag()), {
    name: 'RangeError',
    message: 'no',
  })
  await t.rejects(team.run(exitInWorker, at('exitInWorker'), null, new StopFlag()), /ended with code 3/)
  const input = { n: 10, rounds: 3, sums: new SharedArrayBuffer(8 * 6) }
  t.same(await team.run(sumInRounds, at('sumInRounds'), input, new StopFlag()), [0, 1], 'and the team works on')
  await team.close()
})

t.test('a stop flag set by another thread ends the task', async (t) => {
  const team = new ThreadTeam(2)
  const stop = new StopFlag()
  const other = new Worker(
    `require('worker_threads').parentPort; const v = new Int32Array(require('worker_threads').workerData); setTimeout(() => Atomics.store(v, 0, 1), 30)`,
    { eval: true, workerData: stop.buffers[0] },
  )
  await t.rejects(team.run(waitForStop, at('waitForStop'), null, stop), FitStopped)
  await other.terminate()
  await team.close()
})
