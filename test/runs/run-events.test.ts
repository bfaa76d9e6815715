// GET /api/runs/{id}/events: server-sent events as a client meets them, over restarts of client and worker.
import { once } from 'node:events'
import { access, readdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { fetchDocumented, requireDocumented } from '../support/openapi.ts'
import { dataFolder, gate, heldBy, openGate, runsOf } from '../support/runs.ts'
import { startTestService } from '../support/service.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const database = await createTestDatabase(t)
for (const model of ['majority', 'held_open', 'misbehaving', 'noisy']) await database.registerModel(model)
const { accepted, inTraining } = runsOf(database)
const service = await startTestService(t, { DATABASE_URL: database.url })
const { url } = service.service

interface Event {
  readonly id: number
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: events of many shapes
  readonly data: any
}

/** Follows the events of a run; `events` grows until the stream has ended. */
async function follow(t: Test, base: string, run: number, lastEventId?: number) {
  const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }
  const abort = new AbortController()
  t.teardown(() => abort.abort())
  const response = await fetchDocumented(base, `/api/runs/${run}/events`, { headers, signal: abort.signal })
  const events: Event[] = []
  const { status } = response
  let text = ''
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      const parts = text.split('\n\n')
      text = parts.pop() as string
      for (const part of parts) {
        const [, id, event, data] = /^id: (.+)\nevent: (.+)\ndata: (.+)$/.exec(part) ?? []
        if (data === undefined) continue
        requireDocumented({
          method: 'GET',
          path: `/api/runs/${run}/events`,
          status,
          headers: response.headers,
          text: part,
        })
        events.push({ id: Number(id), event: event as string, data: JSON.parse(data) })
      }
    }
  }
  // A client that goes away, or a worker that is killed, ends it too.
  const ended = read().catch((error) => {
    if (/docs\/openapi.json/.test(error.message)) t.fail(error.message)
  })
  return { response, events, ended, abort: () => abort.abort() }
}

const textsOf = (events: readonly Event[]) => events.flatMap(({ event, data }) => (event === 'log' ? [data.text] : []))

t.test('tells of the queue, the progress, the lines and the end, and ends then', async (t) => {
  const held = gate(t)
  const first = await inTraining(service, held)
  const second = await accepted(service, 'misbehaving', { ...good, parameters: { deed: 'prints' } })
  const { response, events, ended } = await follow(t, url, second)
  t.equal(response.status, 200)
  t.match(response.headers.get('content-type'), 'text/event-stream')
  await until(() => events.some(({ event, data }) => event === 'progress' && data.position === 1))
  const before = await follow(t, url, first)
  await until(() => before.events.some(({ event, data }) => event === 'progress' && data.progress?.done > 20))
  await openGate(held)
  await Promise.all([ended, before.ended])
  const texts = textsOf(events)
  t.equal(texts[0], 'training begins, attempt 1')
  t.ok(texts.includes('printed by the model') && texts.includes('complained by the model'))
  const last = events.at(-1) as Event
  t.match(last, { event: 'end', data: { id: second, status: 'SUCCESS', metrics: { accuracy: Number } } })
  t.same((await service.get(`/api/runs/${second}`)).body, last.data)
  t.same(
    events.map(({ id }) => id),
    events.map(({ id }) => id).sort((a, b) => a - b),
    'ids grow',
  )
  t.equal(before.events.filter(({ event }) => event === 'end').length, 1)
})

t.test(
  'a run that is finished has its lines and its end at once, and nothing for a client that had them',
  async (t) => {
    const run = await accepted(service, 'majority')
    await database.ended(run)
    const whole = await follow(t, url, run)
    await whole.ended
    t.equal(whole.events.at(-1)?.event, 'end')
    const lines = whole.events.filter(({ event }) => event === 'log')
    t.ok(lines.length >= 3)

    const middle = lines[1] as Event
    const resumed = await follow(t, url, run, middle.id)
    await resumed.ended
    t.same(
      resumed.events.filter(({ event }) => event === 'log'),
      lines.slice(2),
    )
    const again = await follow(t, url, run, lines.at(-1)?.id)
    await again.ended
    t.same(
      again.events.map(({ event }) => event),
      ['end'],
    )
    const strange = await follow(t, url, run, Number.NaN)
    await strange.ended
    t.same(textsOf(strange.events), textsOf(lines), 'an id that is none of ours is before all')
  },
)

t.test('hears of the end of a run that another worker trains', async (t) => {
  const other = await startTestService(t, { DATABASE_URL: database.url })
  const held = gate(t)
  const run = await inTraining(other, held)
  const { events, ended } = await follow(t, url, run)
  await until(() => events.length > 0)
  t.match(events[0], { event: 'progress', data: { position: null, progress: null } })
  await openGate(held)
  await ended
  t.match(events.at(-1), { event: 'end', data: { status: 'SUCCESS' } })
  t.same(textsOf(events), [])
})

t.test('megabytes of output make a stream of some lines, and hold up nobody', async (t) => {
  const run = await accepted(service, 'noisy')
  const { events, ended } = await follow(t, url, run)
  await ended
  t.match(events.at(-1), { event: 'end', data: { status: 'SUCCESS' } })
  t.ok(JSON.stringify(events).length < 1e6)
})

t.test('a hundred clients may follow, and the next is told to come later', async (t) => {
  const held = gate(t)
  const run = await inTraining(service, held)
  const clients = await Promise.all(Array.from({ length: 100 }, () => follow(t, url, run)))
  t.ok(clients.every(({ response }) => response.status === 200))
  const refused = await service.get(`/api/runs/${run}/events`)
  t.match(refused, { status: 503, body: { code: 'OVERLOADED' } })
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  for (const { abort } of clients) abort()
  // Their places are free again when they are gone.
  let last = await follow(t, url, run)
  await until(async () => {
    if (last.response.status !== 200) last = await follow(t, url, run)
    return last.response.status === 200
  })
  await openGate(held)
  await last.ended
  t.equal(last.events.at(-1)?.event, 'end')
})

t.test('after a kill of the worker the log goes on, and a client that comes back has every line once', async (t) => {
  const dataDir = await dataFolder(t)
  const environment = { DATABASE_URL: database.url, DATA_DIR: dataDir }
  const worker = await startTestProcess(t, environment)
  const held = gate(t)
  const run = await inTraining(worker, held)
  const waiting = await accepted(worker, 'held_open', heldBy(held))
  const first = await follow(t, worker.url, run)
  await until(() => textsOf(first.events).some((text) => text.startsWith('fit: looking')))
  const logPath = join(dataDir, 'runs', `${run}.ndjson`)
  await until(() =>
    access(logPath).then(
      () => true,
      () => false,
    ),
  )
  const { timings } = (await worker.get(`/api/runs/${waiting}`)).body
  await worker.end('SIGKILL')
  await writeFile(logPath, '{"id":17,"text":"half a li', { flag: 'a' })

  const next = await startTestProcess(t, environment)
  await until(async () => (await next.get(`/api/runs/${waiting}`)).body.position === 1)
  t.equal((await next.get(`/api/runs/${waiting}`)).body.timings.accepted, timings.accepted)
  const second = await follow(t, next.url, run, first.events.at(-1)?.id)
  await until(() => textsOf(second.events).includes('training begins, attempt 2'))
  await openGate(held)
  await second.ended
  const { body } = await next.get(`/api/runs/${run}/logs`)
  const kept = (body as string)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.same(
    [...first.events, ...second.events].flatMap(({ event, data }) => (event === 'log' ? [data.id] : [])),
    kept.map(({ id }) => id),
  )
  t.equal(kept.filter(({ text }) => text.startsWith('training begins')).length, 2)

  t.equal(await database.ended(waiting), 'SUCCESS')
  t.equal(await next.end('SIGTERM'), 0)
  t.same(
    (await readdir(join(dataDir, 'runs'))).sort(),
    [run, waiting].flatMap((id) => [`${id}.json`, `${id}.ndjson`]).sort(),
  )
  const last = await startTestProcess(t, environment)
  const { body: known } = await last.get(`/api/runs/${run}`)
  t.match(known, { status: 'SUCCESS', parameters: { until_exists: held } })
  t.ok(known.timings.accepted < known.timings.started && known.timings.started < known.timings.ended)
})

t.test('a stop ends the streams, and is held up neither by them nor by connections without a request', async (t) => {
  const worker = await startTestProcess(t, {
    DATABASE_URL: database.url,
    DATA_DIR: await dataFolder(t),
    SHUTDOWN_GRACE_SECONDS: '1',
  })
  const run = await inTraining(worker, gate(t))
  const { events, ended } = await follow(t, worker.url, run)
  await until(() => events.length > 0)
  // As the pools of clients open them before they have a request.
  const unused = connect(Number(new URL(worker.url).port), '127.0.0.1').on('error', () => {})
  await once(unused, 'connect')
  t.equal(await worker.end('SIGTERM'), 0)
  await ended
  t.notOk(events.some(({ event }) => event === 'end'))
})
