import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { KickedLooks } from './kicked-looks.ts'

const looksOf = (look: (signal: AbortSignal) => Promise<void>) => {
  const failures: unknown[] = []
  return { failures, looks: new KickedLooks({ look, afterMs: 1, onFailure: (error) => failures.push(error) }) }
}

t.test('however often it is kicked, it looks once, and again when it is kicked again', async (t) => {
  let count = 0
  const { looks } = looksOf(async () => void count++)
  for (let i = 0; i < 5; i++) looks.kick()
  await pause(20)
  t.equal(count, 1)
  looks.kick()
  await pause(20)
  t.equal(count, 2)
})

t.test('one look at a time, and one that fails stops none of the others', async (t) => {
  let [running, most, count] = [0, 0, 0]
  const { looks, failures } = looksOf(async () => {
    most = Math.max(most, ++running)
    await pause(2)
    running--
    if (++count === 1) throw new Error('away')
  })
  const ends = await Promise.allSettled([looks.look(), looks.look(), looks.look()])
  t.same(
    ends.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  )
  t.equal(most, 1)
  count = 0
  looks.kick()
  await pause(20)
  t.match(failures, [{ message: 'away' }], 'who kicks is told of none')
})

t.test('after the end there is no look', async (t) => {
  let count = 0
  const { looks } = looksOf(async (signal) => {
    count++
    while (!signal.aborted) await pause(1)
  })
  const last = looks.look()
  await pause(5)
  looks.kick()
  await looks.close()
  await last
  looks.kick()
  await looks.look()
  await pause(10)
  t.equal(count, 1)
})
