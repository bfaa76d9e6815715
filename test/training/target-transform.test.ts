// A model class that learns a function of the label: labels, predictions, metrics and report are of the label itself.
import t from 'tap'
import { LogisticRegression } from '../../src/learning/linear/logistic-regression.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import { startTrainingService } from '../support/trained.ts'

/** Prices that grow by a factor with each room, in streets that differ by a factor. */
const rows = Array.from({ length: 240 }, (_, i) => {
  const street = 'abcdef'[i % 6] as string
  const rooms = 1 + (i % 7)
  return { street, rooms, price: Math.expm1(0.7 * rooms + 0.5 * (i % 6) + ((i * 37) % 11) / 100) }
})
const features = rows.map(({ street, rooms }) => ({ street, rooms }))
const labels = rows.map(({ price }) => ({ price }))

t.test('a price is learned by its logarithm', async (t) => {
  const { database, train, trainToEnd, predict, service } = await startTrainingService(t, ['log_price'])
  const { run, status } = await trainToEnd('log_price', { features, labels, validation_split: 0.25 })
  t.equal(status, 'SUCCESS')
  const metrics = await database.metrics(run)
  // Of the prices: a line in them comes to an R² below 0.8.
  t.ok(Number(metrics['validation_r2']) > 0.99, `${metrics['validation_r2']}`)
  const { body } = await predict(run, { features: features.slice(0, 20) })
  const predictions: { price: number }[] = body.predictions
  for (const [i, { price }] of predictions.entries()) {
    t.ok(Math.abs(Math.log1p(price) - Math.log1p(rows[i]!.price)) < 0.2, `row ${i}: ${price} for ${rows[i]!.price}`)
  }
  const page = await (await fetch(`${service.url}/api/runs/${run}/report`)).text()
  t.match(page, 'What each column adds to log1p of the label')
  const refused = await train('log_price', await database.insertRun('log_price'), {
    features: features.slice(0, 3),
    labels: [{ price: 3 }, { price: -1 }, { price: 4 }],
  })
  const error = { in: 'labels', row: 1, column: 'price', detail: 'this model learns a number above -1, got -1' }
  t.match(refused, { status: 400, body: { code: 'REQUEST_INVALID', errors: [error] } })
})

t.test('a classifier has no target to transform', async (t) => {
  class Wrong extends BaseModel {
    readonly name = 'wrong'
    readonly estimator = LogisticRegression
    override readonly targetTransform = 'log1p'
  }
  t.throws(() => new Wrong().create_pipeline({}), { message: /expected none for a classifier/ })
})
