import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import t, { type Test } from 'tap'
import type { TestCalls } from '../../test/support/calls-thread.ts'
import { ThreadClient, type ThreadOptions } from './thread-client.ts'

function start(t: Test, options: Partial<ThreadOptions> = {}) {
  const logged: Record<string, unknown>[] = []
  let hearOfEnd: () => void = () => {}
  const ended = new Promise<void>((resolve) => {
    hearOfEnd = resolve
  })
  const client = new ThreadClient<TestCalls>({
    name: 'test thread',
    entry: new URL('../../test/support/calls-thread.ts', import.meta.url),
    log: pino({}, { write: (line) => void logged.push(JSON.parse(line)) }),
    onEnded: hearOfEnd,
    ...options,
  })
  // An idle thread does not keep the process, and there is no server here that does.
  const alive = setInterval(() => {}, 60_000)
  t.teardown(() => {
    clearInterval(alive)
    return client.close()
  })
  return { client, logged, ended }
}

t.test('answers every call by its own answer, while one of them waits', async (t) => {
  const { client } = start(t)
  const waiting = client.ask('wait', undefined)
  const given = Uint8Array.of(1, 2)
  const answers = [
    client.ask('increment', given, { transfer: [given.buffer] }),
    client.ask('increment', Uint8Array.of(3)),
    client.ask('threadId', undefined),
    client.ask('threadId', undefined),
  ] as const
  t.equal(given.length, 0, 'what is given away is gone')
  const [first, second, id, sameId] = await Promise.all(answers)
  t.same([...first, ...second], [2, 3, 4])
  t.equal(id, sameId)
  await Promise.all([client.close(), t.rejects(waiting, { code: 'OVERLOADED' })])
})

t.test('throws what a call ends in: a refusal with its faults, or the error', async (t) => {
  const { client } = start(t)
  await t.rejects(client.ask('fail', 'out of range'), { name: 'RangeError', message: 'out of range' })
  await t.rejects(client.ask('refuse', 'no rows'), {
    name: 'ServiceError',
    code: 'REQUEST_INVALID',
    message: 'one fault',
    faults: [{ in: 'body', detail: 'no rows' }],
  })
  await t.rejects(client.ask('note', (() => {}) as unknown as string), { name: 'DataCloneError' })
  t.same(await client.ask('notes', undefined), [], 'and the thread answers on')
})

t.test('tells a thread that runs, and starts none for that', async (t) => {
  const { client } = start(t)
  client.tell('note', 'to nobody')
  t.same(await client.ask('notes', undefined), [])
  client.tell('note', 'to the thread')
  t.same(await client.ask('notes', undefined), ['to the thread'])
})

t.test('a thread that dies fails all that wait, and the next call starts another', async (t) => {
  const { client, ended } = start(t)
  const before = await client.ask('threadId', undefined)
  const died = { code: 'OVERLOADED', message: 'the test thread ended; try again' }
  await Promise.all([t.rejects(client.ask('wait', undefined), died), t.rejects(client.ask('exit', 3), died)])
  await ended
  t.not(await client.ask('threadId', undefined), before)
})

t.test('a thread that has no more memory says so as the cause', async (t) => {
  const { client } = start(t, { oldGenerationMib: 64 })
  const error = await client.ask('fill', undefined).catch((thrown) => thrown)
  t.match(error, { code: 'OVERLOADED', cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } })
})

t.test('a module that cannot be loaded fails the call, and the log says why', async (t) => {
  const { client, logged } = start(t, { entry: new URL('./no-such-module.ts', import.meta.url) })
  await t.rejects(client.ask('threadId', undefined), { code: 'OVERLOADED' })
  t.match(logged, [{ msg: 'the test thread failed', err: { message: /no-such-module/ } }])
})

t.test('a call that is stuck fails as it says and ends the thread, with what else waits there', async (t) => {
  const { client, logged, ended } = start(t)
  const before = await client.ask('threadId', undefined)
  const timedOut = () => new Error('too slow')
  const stuck = client.ask('hang', undefined, { timeoutMs: 1, timedOut, about: { runId: 7 } })
  const behind = client.ask('threadId', undefined)
  await Promise.all([t.rejects(stuck, { message: 'too slow' }), t.rejects(behind, { code: 'OVERLOADED' })])
  await ended
  t.match(logged, [{ runId: 7, msg: 'the test thread did not answer in time and is ended' }])
  t.not(await client.ask('threadId', undefined), before)
  await t.rejects(client.ask('wait', undefined, { timeoutMs: 1 }), {
    code: 'OVERLOADED',
    message: /in time; try again/,
  })
})

t.test('a call may have another limit from when the thread begins with it', async (t) => {
  const { client } = start(t)
  let begun = 0
  const onBegun = (): number => {
    begun += 1
    return 1
  }
  await t.rejects(client.ask('wait', undefined, { timeoutMs: 600_000, onBegun }), { message: /in time/ })
  t.equal(begun, 1)
})

t.test('ends a thread that is idle, and the next call starts another', async (t) => {
  const { client, ended } = start(t, { idleMs: 1 })
  const before = await client.ask('threadId', undefined)
  await ended
  t.not(await client.ask('threadId', undefined), before)
})

t.test('keeps an idle thread that somebody uses', async (t) => {
  const { client, ended } = start(t, { idleMs: 1 })
  const [release, releaseToo] = [client.keep(), client.keep()]
  const before = await client.ask('threadId', undefined)
  release()
  release()
  await sleep(50)
  t.equal(await client.ask('threadId', undefined), before)
  releaseToo()
  await ended
})

t.test('a client that is closed fails what waits, and starts no thread again', async (t) => {
  const { client } = start(t)
  const waiting = t.rejects(client.ask('wait', undefined), { code: 'OVERLOADED' })
  await client.close()
  await waiting
  await t.rejects(client.ask('threadId', undefined), { code: 'OVERLOADED' })
  client.tell('note', 'to nobody')
})
