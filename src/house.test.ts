import pino from 'pino'
import t from 'tap'
import { House } from './house.ts'
import type { Room } from './room.ts'

const log = pino({ level: 'silent' })

/** A room that writes down what it is told. */
function roomOf(name: string, told: string[], more: Partial<Room> = {}): Room {
  return {
    name,
    recover: async () => {
      told.push(`recover ${name}`)
    },
    drain: async (graceMs) => {
      told.push(`drain ${name} ${graceMs}`)
    },
    close: async () => {
      told.push(`close ${name}`)
    },
    ...more,
  }
}

t.test('rooms recover in the order of their opening, and close in the opposite order', async (t) => {
  const told: string[] = []
  const house = new House(log)
  t.equal(house.add({ room: roomOf('a', told), api: 'what a gives' }), 'what a gives')
  house.add({ room: { name: 'without an end' }, api: undefined })
  house.add({ room: roomOf('b', told), api: undefined })
  t.same(
    house.rooms.map(({ name }) => name),
    ['a', 'without an end', 'b'],
  )
  await house.recover()
  await house.drain(7)
  await Promise.all([house.close(), house.close()])
  t.same(told, ['recover a', 'recover b', 'drain a 7', 'drain b 7', 'close b', 'close a'])
})

t.test('all rooms are drained at once', async (t) => {
  const house = new House(log)
  const { promise, resolve } = Promise.withResolvers<void>()
  house.add({ room: { name: 'waits for the other', drain: () => promise }, api: undefined })
  house.add({ room: { name: 'the other', drain: async () => resolve() }, api: undefined })
  await house.drain(0)
  t.pass('neither waited for ever')
})

t.test('a room that cannot be closed keeps no other from it', async (t) => {
  const told: string[] = []
  const house = new House(log)
  house.add({ room: roomOf('a', told), api: undefined })
  const refuse = (): never => {
    throw new Error('it is stuck')
  }
  house.add({ room: roomOf('b', told, { close: refuse }), api: undefined })
  house.add({ room: roomOf('c', told, { close: async () => refuse() }), api: undefined })
  await house.close()
  t.same(told, ['close a'])
})

t.test('a stop that comes before the database has answered ends the recovery', async (t) => {
  const told: string[] = []
  const house = new House(log)
  const { promise, resolve } = Promise.withResolvers<void>()
  house.add({ room: roomOf('a', told, { recover: () => promise }), api: undefined })
  house.add({ room: roomOf('b', told), api: undefined })
  const recovered = house.recover()
  await house.drain(1)
  resolve()
  await recovered
  t.same(told, ['drain a 1', 'drain b 1'])
})

t.test('health looks at the checks of every room, and at no two of one name', async (t) => {
  const house = new House(log)
  const broken = (): never => {
    throw new AggregateError([new Error('refused'), new Error('refused too')])
  }
  house.add({ room: { name: 'a', checks: { disk: () => 'can be written' } }, api: undefined })
  const fine = { running: { ok: true, detail: 'taking requests' }, disk: { ok: true, detail: 'can be written' } }
  t.same(await house.health.look(), { isOk: true, results: fine })
  house.add({ room: { name: 'b', checks: { line: broken } }, api: undefined })
  t.same((await house.health.look()).results['line'], { ok: false, detail: 'refused; refused too' })
  t.equal((await house.health.look()).isOk, false)
  t.throws(() => house.add({ room: { name: 'c', checks: { disk: () => '' } }, api: undefined }), /"disk"/)
  await house.drain(0)
  t.match((await house.health.look()).results['running'], { ok: false, detail: 'shutting down' })
})
