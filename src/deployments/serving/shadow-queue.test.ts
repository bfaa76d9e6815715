import t from 'tap'
import { ShadowQueue, type ShadowResult } from './shadow-queue.ts'

interface Scripted {
  readonly queue: ShadowQueue
  readonly results: ShadowResult[]
  readonly events: string[]
  /** Ends the job that runs. */
  readonly end: () => void
  readonly add: (name: string, bytes?: number) => void
}

function scripted(): Scripted {
  const results: ShadowResult[] = []
  const events: string[] = []
  const ends: (() => void)[] = []
  const queue = new ShadowQueue((result) => results.push(result))
  const add = (name: string, bytes = 1): void =>
    queue.add({
      bytes,
      run: () => {
        events.push(`run ${name}`)
        return new Promise((resolve) => ends.push(() => resolve('made')))
      },
      leaveOut: (reason) => events.push(`${reason} ${name}`),
    })
  return { queue, results, events, add, end: () => ends.shift()?.() }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const turns = async (count = 4) => {
  for (let i = 0; i < count; i++) await turn()
}

t.test('one job runs at a time, and none in the turn that added it', async (t) => {
  const { add, end, events, results } = scripted()
  add('a')
  add('b')
  t.same(events, [])
  await turns()
  t.same(events, ['run a'])
  end()
  await turns()
  t.same(events, ['run a', 'run b'])
  end()
  await turns()
  t.same(results, ['made', 'made'])
  add('c')
  await turns()
  t.same(events.at(-1), 'run c', 'the queue begins again')
  end()
})

t.test('jobs without room are left out at once', async (t) => {
  const { add, events, results } = scripted()
  add('large', 8 * 2 ** 20)
  add('one byte more')
  t.same(events, ['full one byte more'])
  for (let i = 0; i < 300; i++) add(`empty ${i}`, 0)
  t.equal(results.filter((result) => result === 'full').length, 1 + 300 - 255)
})

t.test('an end leaves out what waits, and waits for what runs', async (t) => {
  const { queue, add, end, events } = scripted()
  add('a')
  await turns()
  add('b')
  const closed = queue.close()
  t.same(events, ['run a', 'stopped b'])
  add('c')
  t.same(events.at(-1), 'stopped c')
  end()
  await closed
})
