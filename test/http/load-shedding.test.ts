// What the service does when it has more to do than it can: it says so, stays live, and recovers.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const { service, get, predict, trainToEnd } = await startTrainingService(t, ['forest'], {
  BODY_LIMIT_MB: 1,
  OVERLOAD_DELAY_MS: 250,
})
const { run } = await trainToEnd('forest', {
  features: [{ a: 1 }, { a: 2 }],
  labels: [{ y: 'p' }, { y: 'q' }],
  parameters: { n_estimators: 1 },
})
const oneRow = { features: [{ a: 1 }] }

t.test('turns requests away while the event loop lags, stays live, and recovers', async (t) => {
  t.equal((await predict(run, oneRow)).status, 200)
  // The service runs on this thread.
  const lag = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)
      await sleep(0)
    }
  }
  await until(async () => {
    await lag()
    const [answer, live] = await Promise.all([predict(run, oneRow), get('/api/health/live')])
    t.equal(live.status, 200)
    if (answer.status === 200) return false
    t.match(answer, { status: 503, body: { code: 'OVERLOADED' } })
    t.ok(Number(answer.headers.get('retry-after')) >= 1)
    return true
  })
  await until(async () => (await predict(run, oneRow)).status === 200)
})

t.test('turns large bodies away while as many are on their way as may be', async (t) => {
  const { hostname, port } = new URL(service.url)
  const length = 1_000_000
  const senders: Socket[] = []
  const send = (): void => {
    const socket = connect(Number(port), hostname).on('error', () => {})
    socket.write(
      `POST /api/predict?model_run_id=${run} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n{`,
    )
    senders.push(socket)
  }
  t.teardown(() => {
    for (const socket of senders) socket.destroy()
  })
  const large = JSON.stringify({ ...oneRow, padding: 'x'.repeat(500_000) })
  const isTurnedAway = async (): Promise<boolean> => /^too many large/.test((await predict(run, large)).body.detail)
  await until(() => {
    // More and more of them, since those that come while the event loop lags are turned away.
    for (let i = 0; i < 30; i++) send()
    return isTurnedAway()
  })
  // On a busy machine the event loop may lag as well, for a while.
  await until(async () => (await predict(run, oneRow)).status === 200)
  t.ok(await isTurnedAway(), 'small ones are served beside it')
  for (const socket of senders) socket.destroy()
  await until(async () => (await predict(run, large)).status === 400)
})
