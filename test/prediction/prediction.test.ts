// Predictions in place, on the prediction thread, and out of the cache: the same answers, whichever way.
import t from 'tap'
import { startTrainingService } from '../support/trained.ts'
import { until } from '../support/until.ts'

const service = await startTrainingService(t, ['forest', 'mean', 'slow_to_predict', 'majority'], {
  PREDICT_TIMEOUT_SECONDS: 1,
  PREDICT_CACHE_MB: 1,
})
const { trainToEnd, predict, get, database, linesOf } = service

const features = Array.from({ length: 3000 }, (_, i) => ({
  number: i % 17 === 0 ? null : i % 13,
  color: ['red', 'green', 'blue', null][i % 4],
}))
const labels = features.map(({ number, color }) => ({ y: (number ?? 0) > 6 ? `much ${color}` : 'little' }))
const forest = await trainToEnd('forest', { features, labels, parameters: { n_estimators: 5 } })

t.test('one row, some rows and many rows are predicted alike', async (t) => {
  t.equal(forest.status, 'SUCCESS')
  const many = await predict(forest.run, { features }, '&probabilities=true')
  t.equal(many.status, 200)
  t.equal(many.body.predictions.length, features.length)
  for (const [start, count] of [
    [0, 1],
    [1, 1],
    [2, 30],
    [100, 1000],
  ] as const) {
    const end = start + count
    const some = await predict(forest.run, { features: features.slice(start, end) }, '&probabilities=true')
    t.same(some.body, {
      ...many.body,
      predictions: many.body.predictions.slice(start, end),
      probabilities: many.body.probabilities.slice(start, end),
    })
  }
})

t.test('faults and new categories are named on either way', async (t) => {
  for (const count of [1, 3000]) {
    const rows = features.slice(-count)
    const unseen = await predict(forest.run, { features: [...rows, { number: 1, color: 'pink' }] })
    t.match(unseen.body, { warnings: [{ code: 'UNSEEN_CATEGORY', column: 'color', rows: 1, values: ['pink'] }] })
    const wrong = await predict(forest.run, { features: [...rows, { number: 'one', color: 2, more: 3 }] })
    t.match(wrong, {
      status: 400,
      body: {
        code: 'REQUEST_INVALID',
        errors: [
          { in: 'features', column: 'more' },
          { in: 'features', row: count, column: 'number' },
          { in: 'features', row: count, column: 'color' },
        ],
      },
    })
  }
})

t.test('a body of many rows is held to its run first', async (t) => {
  t.match(await predict(2 ** 30, { features }), { status: 404, body: { code: 'RUN_UNKNOWN' } })
  const query = await predict(0, { features })
  t.match(query, { status: 400, body: { code: 'REQUEST_INVALID', errors: [{ in: 'query' }] } })
  const unknown = await predict(forest.run, { features, labels })
  t.match(unknown, { status: 400, body: { code: 'REQUEST_INVALID', errors: [{ in: 'body' }] } })
  const malformed = await predict(forest.run, `{"features":[${'{"number":1},'.repeat(20_000)}`)
  t.match(malformed, { status: 400, body: { code: 'BODY_MALFORMED' } })
})

t.test(
  'a pipeline predicts in the thread when it is known to be slow, and many rows before anything is known',
  async (t) => {
    const body = { features: [{ a: 1 }, { a: 2 }], labels: [{ y: 1 }, { y: 1 }] }
    const placesOf = (run: number) => linesOf(run, 'predicted').map(({ place, rows }) => [place, rows])
    const { run } = await trainToEnd('slow_to_predict', body)
    for (const rows of [1, 1, 2]) {
      const { body: answer } = await predict(run, { features: body.features.slice(0, rows) })
      t.same(answer.predictions, body.labels.slice(0, rows))
    }
    t.match(await predict(run, { features: [{ a: 'x' }] }), {
      status: 400,
      body: { errors: [{ row: 0, column: 'a' }] },
    })
    t.same(placesOf(run), [
      ['in place', 1],
      ['thread', 1],
      ['thread', 2],
    ])
    const another = await trainToEnd('slow_to_predict', body)
    t.same((await predict(another.run, { features: body.features })).body.predictions, body.labels)
    t.same(placesOf(another.run), [['thread', 2]])
  },
)

t.test('faults of a small body go before what stands against the run, those of a large one after it', async (t) => {
  for (const body of ['{', JSON.stringify({ features: [] })]) {
    t.match(await predict(2 ** 30, body), { status: 400 })
    t.match(await predict(forest.run, body), { status: 400 })
  }
  const large = `{"features":[${'{"number":1},'.repeat(20_000)}`
  t.match(await predict(2 ** 30, large), { status: 404, body: { code: 'RUN_UNKNOWN' } })
  t.match(await predict(forest.run, large), { status: 400 })
})

t.test('others are answered while many rows are predicted, and the next is after one that took too long', async (t) => {
  const slow = await trainToEnd('slow_to_predict', {
    features: [{ a: 1 }, { a: 2 }],
    labels: [{ y: 'p' }, { y: 'q' }],
  })
  let isOver = false
  const late = predict(slow.run, { features: Array.from({ length: 60_000 }, (_, a) => ({ a })) }).finally(() => {
    isOver = true
  })
  let answered = 0
  while (!isOver) {
    const health = await get('/api/health/live')
    const one = await predict(forest.run, { features: features.slice(1, 2) })
    if (health.status === 200 && one.status === 200) answered += 1
  }
  t.match(await late, { status: 408, body: { code: 'PREDICTION_TIMED_OUT' } })
  t.ok(answered > 3, `${answered} rounds were answered meanwhile`)
  await until(async () => (await predict(forest.run, { features })).status === 200)
})

t.test('a cache that is too small for all serves all', async (t) => {
  const runs = [forest.run]
  for (let i = 0; i < 3; i++) {
    const { run } = await trainToEnd('forest', { features, labels, parameters: { n_estimators: 60, random_state: i } })
    runs.push(run)
  }
  const expected = await Promise.all(runs.map((run) => predict(run, { features })))
  // Each is loaded while others push it out.
  const atOnce = await Promise.all([...runs, ...runs, ...runs, ...runs].map((run) => predict(run, { features })))
  t.same([...new Set(atOnce.map(({ status }) => status))], [200])
  for (let round = 0; round < 3; round++) {
    for (const [i, run] of runs.entries()) {
      t.same((await predict(run, { features })).body, expected[i]?.body)
      t.same(
        (await predict(run, { features: features.slice(0, 1) })).body.predictions[0],
        expected[i]?.body.predictions[0],
      )
    }
  }
})

t.test('a run that failed to load is looked at again', async (t) => {
  const run = await database.insertRun('majority')
  t.match(await predict(run, { features: [{ a: 1 }] }), { status: 503, body: { code: 'RUN_NOT_READY' } })
  const body = { features: [{ a: 1 }, { a: 2 }], labels: [{ y: 'p' }, { y: 'p' }] }
  await service.train('majority', run, body)
  t.equal(await database.ended(run), 'SUCCESS')
  t.match(await predict(run, { features: [{ a: 1 }] }), { status: 200, body: { predictions: [{ y: 'p' }] } })
})
