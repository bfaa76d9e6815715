// What a deployment predicts is kept by the sample of its project: the same rows in place and in the thread, and their values.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { isSampled } from '../../src/prediction/sampling.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject } from '../support/deployed.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const RATE = 0.25
const ROWS = 3_000
/** Of the digits of an id those that count the rows of its request. */
const ROW_DIGITS = 7

t.test('the rows that are kept are those of the sample, with their values', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const service = await startTestService(t, { DATABASE_URL: database.url, REVIEW_SELF: 'allow' })
  await deployableProject(service, 'kinds', ['majority'])
  await deploy(service, 'kinds', 1)
  const path = '/api/projects/kinds'
  const rowOf = (i: number) => ({ a: i + 0.1, b: i % 4 === 0 ? null : i })
  const predict = async (rows: readonly object[]): Promise<string[]> => {
    const { status, body } = await service.post(`${path}/predict`, { features: rows })
    t.equal(status, 200)
    return body.prediction_ids
  }
  await predict([rowOf(0)])
  await service.put(`${path}/monitoring`, { log: 'sampled', rate: RATE })
  const sent = new Map<string, ReturnType<typeof rowOf>>()
  const keep = (ids: readonly string[], first: number): void => {
    for (const [i, id] of ids.entries()) sent.set(id, rowOf(first + i))
  }
  for (let i = 0; i < 100; i++) keep(await predict([rowOf(i)]), i)
  keep(await predict(Array.from({ length: ROWS }, (_, i) => rowOf(i))), 0)
  const expected = [...sent.keys()].filter((id) =>
    isSampled(id.slice(0, -ROW_DIGITS), Number.parseInt(id.slice(-ROW_DIGITS), 16), RATE),
  )
  t.ok(expected.length > 0.2 * ROWS && expected.length < 0.3 * ROWS, `${expected.length} rows`)

  const kept = async (): Promise<number> =>
    Number((await database.owner.query('select count(*) from ml_worker.predictions')).rows[0]?.count)
  await until(async () => (await kept()) >= expected.length)
  const found: { id: string; weight: number; features: object; answer: unknown }[] = []
  for (let next = ''; ; ) {
    const { body } = await service.get(`${path}/predictions?limit=200${next}`)
    found.push(...body.predictions)
    if (body.next === undefined) break
    next = `&before=${body.next}`
  }
  t.same(found.map(({ id }) => id).sort(), expected.sort(), 'nothing of before the log was on, and nothing else')
  for (const { id, weight, features } of found.slice(0, 200)) t.same([weight, features], [1 / RATE, sent.get(id)], id)

  await service.put(`${path}/monitoring`, { log: 'off' }, { 'if-match': '*' })
  await predict([rowOf(1), rowOf(2), rowOf(3), rowOf(4)])
  await pause(3_000)
  t.equal(await kept(), expected.length, 'once it is off nothing is kept')
  const { body: figures } = await service.get('/metrics')
  t.match(figures, new RegExp(`^ml_worker_logged_predictions_total ${expected.length}$`, 'm'))
  t.match(figures, /^ml_worker_logged_predictions_dropped_total\{reason="ring_full"\} 0$/m)
})
