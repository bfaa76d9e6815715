// explain=true: what each feature contributes to each prediction, over HTTP.
import { tableFromIPC } from 'apache-arrow'
import t from 'tap'
import { startTrainingService } from '../support/trained.ts'

const ROW_COUNT = 240
const features = Array.from({ length: ROW_COUNT }, (_, i) => ({
  age: i % 19 === 0 ? null : (i * 7) % 60,
  class: ['first', 'second', 'third', null][(i * 3) % 4],
  fare: ((i * 37) % 101) / 3,
}))
const named = features.map(({ age, class: of, fare }) => ({
  ok: (age ?? 0) > 30 || of === 'first' ? 'yes' : fare > 20 ? 'maybe' : 'no',
}))
const two = named.map(({ ok }) => ({ ok: ok === 'yes' }))
const priced = features.map(({ age, fare }) => ({ price: 3 * fare + (age ?? 0) }))

const service = await startTrainingService(
  t,
  [
    'random_forest_classifier',
    'random_forest_regressor',
    'gradient_boosting_classifier',
    'gradient_boosting_regressor',
    'k_nearest_neighbors_classifier',
  ],
  { MODELS_DIR: new URL('../../statistical', import.meta.url).pathname },
)
const { trainToEnd, predict, post, service: running } = service
const parameters = { n_estimators: 8, random_state: 1 }
const forest = await trainToEnd('random_forest_classifier', { features, labels: named, parameters })
const rows = [...features.slice(0, 20), { age: 200, class: 'fourth', fare: 3 }]
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-9

interface Explanation {
  readonly class?: string
  readonly base: number
  readonly contributions: Readonly<Record<string, number>>
}
const classOf = (one: Explanation): string => one.class ?? ''
const total = ({ base, contributions }: Explanation): number =>
  Object.values(contributions).reduce((sum, value) => sum + value, base)

t.test('a forest: per row and class, base and contributions are the probability', async (t) => {
  const { status, body } = await predict(forest.run, { features: rows }, '&explain=true&probabilities=true')
  t.equal(status, 200)
  t.same(body.explanation_of, { ok: { what: 'probability', link: 'identity', compared_with: 'training_rows' } })
  t.equal(body.explanations.length, rows.length)
  body.explanations.forEach(({ ok }: { ok: readonly Explanation[] }, i: number) => {
    t.same(ok.map(classOf), ['maybe', 'no', 'yes'])
    for (const one of ok) {
      const name = classOf(one)
      t.same(Object.keys(one.contributions), ['age', 'class', 'fare'])
      t.ok(near(total(one), body.probabilities[i].ok[name]), `row ${i}, ${name}`)
    }
  })
  t.match(body.warnings, [{ code: 'UNSEEN_CATEGORY' }])
  const plain = await predict(forest.run, { features: rows })
  t.same(plain.body.predictions, body.predictions)
  t.notOk('explanations' in plain.body)
})

t.test('what is kept to explain a run counts in the cache', async (t) => {
  const { run } = await trainToEnd('random_forest_classifier', { features, labels: two, parameters })
  const cacheBytes = async (): Promise<number> => {
    const text = await (await fetch(`${running.url}/metrics`)).text()
    return Number(/^ml_worker_pipeline_cache_bytes (\S+)$/m.exec(text)?.[1])
  }
  const many = { features: Array.from({ length: 3000 }, () => rows).flat() }
  t.equal((await predict(run, many)).status, 200)
  const before = await cacheBytes()
  t.equal((await predict(run, { features: rows }, '&explain=true')).status, 200)
  const after = await cacheBytes()
  t.ok(after > before, `${before} before, ${after} after`)
  t.equal((await predict(run, many)).status, 200)
  t.equal(await cacheBytes(), after)
})

t.test('one class alone, and what is wrong with the choice', async (t) => {
  const one = await predict(forest.run, { features: rows }, '&explain=true&explain_class=no')
  t.same(one.body.explanations[0].ok.map(classOf), ['no'])
  t.match(await predict(forest.run, { features: rows }, '&explain=true&explain_class=never'), {
    status: 400,
    body: {
      code: 'REQUEST_INVALID',
      errors: [
        { in: 'query', parameter: 'explain_class', detail: 'expected one of "maybe", "no", "yes", got "never"' },
      ],
    },
  })
  t.match(await predict(forest.run, { features: rows }, '&explain_class=no'), {
    status: 400,
    body: { errors: [{ in: 'query', parameter: 'explain_class' }] },
  })
})

t.test('a number has one explanation a row; two classes of boosting have log-odds', async (t) => {
  const regressor = await trainToEnd('random_forest_regressor', { features, labels: priced, parameters })
  const { body } = await predict(regressor.run, { features: rows }, '&explain=true')
  t.same(body.explanation_of, { price: { what: 'value', link: 'identity', compared_with: 'training_rows' } })
  body.explanations.forEach(({ price }: { price: readonly Explanation[] }, i: number) => {
    const [only] = price as [Explanation]
    t.notOk('class' in only)
    t.ok(near(total(only), body.predictions[i].price), `row ${i}`)
  })
  const boosted = await trainToEnd('gradient_boosting_classifier', {
    features,
    labels: two,
    parameters: { max_iter: 10 },
  })
  const said = (await predict(boosted.run, { features: rows }, '&explain=true&probabilities=true')).body
  t.same(said.explanation_of, { ok: { what: 'log_odds', link: 'logit', compared_with: 'training_rows' } })
  said.explanations.forEach(({ ok }: { ok: readonly Explanation[] }, i: number) => {
    for (const one of ok) {
      const name = classOf(one)
      t.ok(near(1 / (1 + Math.exp(-total(one))), said.probabilities[i].ok[name]), `row ${i}, ${name}`)
    }
  })
})

t.test('the same as columns of CSV and Arrow', async (t) => {
  const query = `/api/predict?model_run_id=${forest.run}&explain=true&explain_class=yes`
  const json = (await predict(forest.run, { features: rows }, '&explain=true&explain_class=yes')).body
  const names = ['ok', 'ok.base.yes', 'ok.explanation.yes.age', 'ok.explanation.yes.class', 'ok.explanation.yes.fare']
  const csv = (await post(query, { features: rows }, { accept: 'text/csv' })).body.trim().split('\r\n')
  t.equal(csv[0], names.join())
  const first = json.explanations[0].ok.find((one: Explanation) => one.class === 'yes') as Explanation
  t.same(csv[1].split(',').slice(1).map(Number), [first.base, ...Object.values(first.contributions)])
  const response = await fetch(running.url + query, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/vnd.apache.arrow.stream' },
    body: JSON.stringify({ features: rows }),
  })
  const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()))
  t.same(
    table.schema.fields.map(({ name }) => name),
    names,
  )
  t.equal(table.getChild('ok.explanation.yes.fare')?.get(0), first.contributions['fare'])
})

t.test('a method without a rule says so', async (t) => {
  const { run } = await trainToEnd('k_nearest_neighbors_classifier', { features, labels: two })
  t.match(await predict(run, { features: rows }, '&explain=true'), {
    status: 422,
    body: { code: 'EXPLANATION_UNAVAILABLE', detail: /its method has no rule .* trees, forests, boosting/ },
  })
  t.equal((await predict(run, { features: rows })).status, 200)
})

const heldBytes = async (): Promise<number> => {
  const text = await (await fetch(`${running.url}/metrics`)).text()
  return Number(/^ml_worker_pipeline_cache_bytes (\d+)/m.exec(text)?.[1])
}

t.test('trees that are laid out for many rows are counted by the cache', async (t) => {
  const numbers = features.map(({ fare }, i) => ({ fare, age: i % 60 }))
  const { run } = await trainToEnd('gradient_boosting_regressor', { features: numbers, labels: priced })
  const many = (count: number) => ({ features: Array.from({ length: count }, (_, i) => numbers[i % ROW_COUNT]) })
  await predict(run, many(5_000))
  const walked = await heldBytes()
  await predict(run, many(5_000))
  t.equal(await heldBytes(), walked)
  await predict(run, many(10_000))
  t.ok((await heldBytes()) > walked)
})

t.test('explained on the prediction thread or in place, a row is answered the same', async (t) => {
  const fresh = await trainToEnd('random_forest_classifier', { features, labels: named, parameters })
  const asked = { features: rows.slice(-1) }
  const first = await predict(fresh.run, asked, '&explain=true&probabilities=true')
  const inThread = await heldBytes()
  // What the first ones cost may be more than is made in place; each later one counts for a fifth.
  for (let i = 0; i < 40; i++) {
    t.same((await predict(fresh.run, asked, '&explain=true&probabilities=true')).body, first.body)
  }
  t.ok((await heldBytes()) > inThread, 'what this thread keeps to explain is counted')
})
