// Every kind of bad input, through real HTTP: what is answered, and that nothing was changed by it.
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ERROR_CATALOGUE, type ErrorCode } from '../../src/errors.ts'
import type { Fault } from '../../src/model/faults.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Answer, startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

interface Case {
  readonly what: string
  readonly send: () => Promise<Answer>
  readonly code: ErrorCode
  /** Found within the detail of the answer. */
  readonly detail?: string
  /** Every fault that the answer must list, in any order; `detail` is found within. */
  readonly faults?: readonly Fault[]
}

const features = [{ a: 1 }, { a: 2 }, { a: 3 }]
const labels = [{ y: 'p' }, { y: 'p' }, { y: 'q' }]
const good = { features, labels }

const database = await createTestDatabase(t)
for (const model of ['majority', 'declared_columns', 'mean', 'one_cluster', 'held_open', 'misbehaving', 'refusing']) {
  await database.registerModel(model)
}
await database.registerModel('slow_to_predict')
await database.registerModel('gone_from_the_code')
const service = await startTestService(t, {
  DATABASE_URL: database.url,
  BODY_LIMIT_MB: 4,
  TRAIN_QUEUE_LIMIT: 2,
  PREDICT_TIMEOUT_SECONDS: 1,
})
const { post, get, train, predict } = service
const gone = `/api/predict?model_run_id=${2 ** 31 - 1}`

/** A run that was trained. */
async function trained(model: string, body: unknown): Promise<number> {
  const run = await database.insertRun(model)
  const answer = await train(model, run, body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  await database.ended(run)
  // The spool lets a run go just after its end is written.
  await until(async () => (await readdir(join(service.dataDir, 'spool'))).length === 0)
  return run
}

const pending = await database.insertRun('majority')
const pendingOf = Object.fromEntries(
  await Promise.all(
    ['declared_columns', 'mean', 'one_cluster', 'misbehaving', 'refusing'].map(
      async (model) => [model, await database.insertRun(model)] as const,
    ),
  ),
) as Record<string, number>
const runningElsewhere = await database.insertRun('majority', 'RUNNING')
const succeeded = await trained('majority', { features: features.map((row) => ({ ...row, c: 'red' })), labels })
const declared = await trained('declared_columns', {
  features: [{ length: 1, width: 2 }],
  labels: [{ species: 'setosa' }],
})
const failed = await trained('misbehaving', { ...good, parameters: { deed: 'throws' } })
const slow = await trained('slow_to_predict', good)
const successWithoutResult = await database.insertRun('majority', 'SUCCESS')
const damaged = await database.insertRun('majority', 'SUCCESS')
await database.owner.query('update model_runs set run_result = $2 where id = $1', [damaged, Buffer.from('MLWA, torn')])

const trainMajority = (body: unknown) => train('majority', pending, body)
const predictSucceeded = (body: unknown) => predict(succeeded, body)

const cases: Case[] = [
  // The model.
  {
    what: 'an unknown model',
    send: () => train('no_such_model', pending, good),
    code: 'MODEL_UNKNOWN',
    detail: 'no model "no_such_model"',
  },
  {
    what: 'a model that is in the table only',
    send: () => train('gone_from_the_code', pending, good),
    code: 'MODEL_UNAVAILABLE',
  },
  { what: 'a model that is in the code only', send: () => train('forest', pending, good), code: 'MODEL_UNREGISTERED' },
  // The query.
  {
    what: 'no model name',
    send: () => post(`/api/train?model_run_id=${pending}`, good),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'query', parameter: 'model_name', detail: 'missing' }],
  },
  {
    what: 'neither model name nor run id',
    send: () => post('/api/train', good),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'query', parameter: 'model_name', detail: 'missing' },
      { in: 'query', parameter: 'model_run_id', detail: 'missing' },
    ],
  },
  ...['abc', '1.5', '0', '-1', '9007199254740992', ''].map((id) => ({
    what: `the run id "${id}" on train`,
    send: () => post(`/api/train?model_name=majority&model_run_id=${id}`, good),
    code: 'REQUEST_INVALID' as const,
    faults: [{ in: 'query' as const, parameter: 'model_run_id', detail: 'must be' }],
  })),
  ...['abc', '1.5', '0', ''].map((id) => ({
    what: `the run id "${id}" on predict`,
    send: () => post(`/api/predict?model_run_id=${id}`, { features }),
    code: 'REQUEST_INVALID' as const,
    faults: [{ in: 'query' as const, parameter: 'model_run_id', detail: 'must be' }],
  })),
  {
    what: 'an unknown query parameter on train',
    send: () => post(`/api/train?model_name=majority&model_run_id=${pending}&modelname=x`, good),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'query', parameter: 'modelname', detail: 'unknown parameter' }],
  },
  {
    what: 'an unknown query parameter and probabilities that are no boolean on predict',
    send: () => predict(succeeded, { features: [{ a: 1, c: 'red' }] }, '&probabilities=maybe&rows=3'),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'query', parameter: 'probabilities', detail: 'must be boolean' },
      { in: 'query', parameter: 'rows', detail: 'unknown parameter' },
    ],
  },
  // The body as a whole.
  ...[
    { what: 'malformed JSON', body: '{"features": [', detail: 'JSON' },
    { what: 'no body', body: '', detail: 'no body' },
    { what: 'invalid UTF-8', body: Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), detail: 'UTF-8' },
    { what: 'an array', body: '[]', detail: 'got an array' },
    { what: 'a string', body: '"rows"', detail: 'got "rows"' },
    { what: 'null', body: 'null', detail: 'got null' },
    { what: 'NaN, which is not JSON', body: '{"features":[{"a":NaN}]}', detail: 'JSON' },
  ].flatMap(({ what, body, detail }) => [
    { what: `${what} on train`, send: () => trainMajority(body), code: 'BODY_MALFORMED' as const, detail },
    { what: `${what} on predict`, send: () => predictSucceeded(body), code: 'BODY_MALFORMED' as const, detail },
  ]),
  {
    what: 'an empty object on train',
    send: () => trainMajority({}),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'features', detail: 'expected a list of rows, got nothing' },
      { in: 'labels', detail: 'expected a list of rows, got nothing' },
    ],
  },
  {
    what: 'an empty object on predict',
    send: () => predictSucceeded({}),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'features', detail: 'expected a list of rows, got nothing' }],
  },
  {
    what: 'unknown members on train',
    send: () => trainMajority({ ...good, params: {}, label: [] }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'body', detail: 'unknown member "params"' },
      { in: 'body', detail: 'unknown member "label"' },
    ],
  },
  {
    what: 'labels on predict',
    send: () => predictSucceeded({ features: [{ a: 1, c: 'red' }], labels }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'body', detail: 'unknown member "labels"' }],
  },
  // Rows.
  {
    what: 'no rows on train',
    send: () => trainMajority({ features: [], labels: [] }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'features', detail: 'at least one row' },
      { in: 'labels', detail: 'at least one row' },
    ],
  },
  {
    what: 'no rows on predict',
    send: () => predictSucceeded({ features: [] }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'features', detail: 'at least one row' }],
  },
  {
    what: 'rows that are no list',
    send: () => trainMajority({ features: { a: [1, 2] }, labels }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'features', detail: 'expected a list of rows, got object' }],
  },
  {
    what: 'rows that are no objects',
    send: () => trainMajority({ features: [[1], null, 3], labels }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'features', row: 0, detail: 'got an array' },
      { in: 'features', row: 1, detail: 'got null' },
      { in: 'features', row: 2, detail: 'got a number' },
    ],
  },
  {
    what: 'rows without columns',
    send: () => trainMajority({ features: [{}, {}, {}], labels: [{}, {}, {}] }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'features', detail: 'no columns' },
      { in: 'labels', detail: 'no columns' },
    ],
  },
  {
    what: 'fewer labels than rows',
    send: () => trainMajority({ features, labels: labels.slice(1) }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'labels', detail: 'expected 3 rows, as many as features, got 2' }],
  },
  {
    what: 'nested values on train',
    send: () => trainMajority({ features: [{ a: { b: 1 } }, { a: [1] }, { a: 1 }], labels }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'features', row: 0, column: 'a', detail: 'got an object' },
      { in: 'features', row: 1, column: 'a', detail: 'got an array' },
    ],
  },
  {
    what: 'nested values on predict',
    send: () => predictSucceeded({ features: [{ a: 1, c: ['red'] }] }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'features', row: 0, column: 'c', detail: 'got an array' }],
  },
  {
    what: 'a number beyond what a double holds',
    send: () => trainMajority('{"features":[{"a":1e999}],"labels":[{"y":1}]}'),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'features', row: 0, column: 'a', detail: 'finite' }],
  },
  // Columns.
  {
    what: 'missing and unexpected columns of a model that declares its own',
    send: () =>
      train('declared_columns', pendingOf['declared_columns'] as number, {
        features: [{ length: 1, height: 2 }],
        labels: [{ kind: 'setosa' }],
      }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'features', column: 'width', detail: 'missing column' },
      { in: 'features', column: 'height', detail: 'unexpected column' },
      { in: 'labels', column: 'species', detail: 'missing column' },
      { in: 'labels', column: 'kind', detail: 'unexpected column' },
    ],
  },
  {
    what: 'missing and unexpected columns on predict, declared by the model',
    send: () => predict(declared, { features: [{ width: 2, height: 3 }] }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'features', column: 'length', detail: 'missing column' },
      { in: 'features', column: 'height', detail: 'unexpected column' },
    ],
  },
  {
    what: 'missing and unexpected columns on predict, given by the training rows',
    send: () => predictSucceeded({ features: [{ a: 1, __proto: 2 }] }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'features', column: 'c', detail: 'missing column' },
      { in: 'features', column: '__proto', detail: 'unexpected column' },
    ],
  },
  {
    what: 'values of another type than the training rows had',
    send: () =>
      predictSucceeded({
        features: [
          { a: 'one', c: 'red' },
          { a: 1, c: 2 },
          { a: true, c: false },
        ],
      }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'features', row: 0, column: 'a', detail: 'expected a number, got "one"' },
      { in: 'features', row: 2, column: 'a', detail: 'expected a number, got true' },
      { in: 'features', row: 1, column: 'c', detail: 'expected a string, got 2' },
      { in: 'features', row: 2, column: 'c', detail: 'expected a string, got false' },
    ],
  },
  {
    what: 'a numeric column that comes as strings in all rows',
    send: () => predictSucceeded({ features: [{ a: '1', c: 'red' }] }),
    code: 'REQUEST_INVALID',
    faults: [
      {
        in: 'features',
        row: 0,
        column: 'a',
        detail: 'expected a number, got "1", a text: write the number without quotes',
      },
    ],
  },
  {
    what: 'a categorical column that comes as numbers in all rows',
    send: () => predictSucceeded({ features: [{ a: 1, c: 1 }] }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'features', row: 0, column: 'c', detail: 'expected a string, got 1' }],
  },
  // Labels.
  {
    what: 'labels of a regressor that are no numbers',
    send: () => train('mean', pendingOf['mean'] as number, { features, labels: [{ y: 1 }, { y: 'two' }, { y: true }] }),
    code: 'REQUEST_INVALID',
    faults: [
      {
        in: 'labels',
        row: 1,
        column: 'y',
        detail: 'expected a number, got "two": a regressor learns numbers, a classifier classes',
      },
      {
        in: 'labels',
        row: 2,
        column: 'y',
        detail: 'expected a number, got true: a regressor learns numbers, a classifier classes',
      },
    ],
  },
  {
    what: 'labels of a regressor that are all texts, told once',
    send: () => {
      const species = ['setosa', 'virginica', 'setosa', 'setosa']
      const labels = species.map((y) => ({ y }))
      return train('mean', pendingOf['mean'] as number, { features: labels.map((_, a) => ({ a })), labels })
    },
    code: 'REQUEST_INVALID',
    faults: [
      {
        in: 'labels',
        column: 'y',
        detail:
          'expected numbers, got none, but values such as "setosa": a regressor learns numbers, a classifier classes',
      },
    ],
  },
  {
    what: 'missing labels, null or absent',
    send: () => trainMajority({ features, labels: [{ y: null }, { y: 'p' }, {}] }),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'labels', row: 0, column: 'y', detail: 'missing value' },
      { in: 'labels', row: 2, column: 'y', detail: 'missing value' },
    ],
  },
  {
    what: 'labels for a model that learns without',
    send: () => train('one_cluster', pendingOf['one_cluster'] as number, good),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'labels', detail: 'learns without labels' }],
  },
  // Parameters.
  {
    what: 'unknown parameters, also such as every object has, and those out of range, all at once',
    send: () =>
      trainMajority(
        `{"parameters":{"smoothing":-1,"rows_min":1.5,"ties":"both","n_trees":3,"constructor":1,"__proto__":2},"features":[{"a":1}],"labels":[{"y":1}]}`,
      ),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'parameters', parameter: 'n_trees', detail: 'unknown parameter; expected one of smoothing' },
      { in: 'parameters', parameter: 'constructor', detail: 'unknown parameter' },
      { in: 'parameters', parameter: '__proto__', detail: 'unknown parameter' },
      { in: 'parameters', parameter: 'smoothing', detail: 'expected a number of at least 0, got -1' },
      { in: 'parameters', parameter: 'rows_min', detail: 'expected an integer of at least 1, got 1.5' },
      { in: 'parameters', parameter: 'ties', detail: 'expected "first" or "last", got "both"' },
    ],
  },
  {
    what: 'parameters that are no object',
    send: () => trainMajority({ ...good, parameters: [1] }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'parameters', detail: 'expected an object, got an array' }],
  },
  {
    what: 'parameters that a model class refuses in its own words',
    send: () => train('refusing', pendingOf['refusing'] as number, { ...good, parameters: { mood: 'bad' } }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'parameters', detail: 'not in a bad mood' }],
  },
  // What the model class says to the rows.
  {
    what: 'rows that validate_features refuses',
    send: () =>
      train('refusing', pendingOf['refusing'] as number, {
        features: [{ a: 1, b: 2, c: 3, d: 4 }],
        labels: [{ y: 1 }],
      }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'features', detail: 'model "refusing" cannot use these rows' }],
  },
  {
    what: 'rows that validate_features refuses with a reason',
    send: () =>
      train('refusing', pendingOf['refusing'] as number, { features: [{ a: 1, b: 2, c: 3 }], labels: [{ y: 1 }] }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'features', detail: 'three columns are one too many' }],
  },
  // validation_split.
  ...[1, -0.5, 2, '0.2', true, [], {}].map((split) => ({
    what: `the validation_split ${JSON.stringify(split)}`,
    send: () => trainMajority({ ...good, validation_split: split }),
    code: 'REQUEST_INVALID' as const,
    faults: [{ in: 'validation_split' as const, detail: 'expected a number above 0 and below 1' }],
  })),
  {
    what: 'a validation_split that leaves nothing to train on',
    send: () => trainMajority({ features: [{ a: 1 }], labels: [{ y: 1 }], validation_split: 0.5 }),
    code: 'REQUEST_INVALID',
    faults: [{ in: 'validation_split', detail: 'too few' }],
  },
  ...[-1, 0.5, 2 ** 32, '0', true, [], {}].map((seed) => ({
    what: `the split_seed ${JSON.stringify(seed)}`,
    send: () => trainMajority({ ...good, split_seed: seed }),
    code: 'REQUEST_INVALID' as const,
    faults: [{ in: 'split_seed' as const, detail: 'expected an integer from 0 to 4294967295' }],
  })),
  // Several at once.
  {
    what: 'faults in query, body, parameters, features, labels and validation_split, all at once',
    send: () =>
      post('/api/train?model_name=majority&model_run_id=0', {
        parameters: { smoothing: 'much', depth: 3 },
        features: [{ a: [] }, 7],
        labels: [{ y: null }],
        validation_split: 3,
        wieghts: [],
      }),
    code: 'REQUEST_INVALID',
    detail: '9 faults',
    faults: [
      { in: 'query', parameter: 'model_run_id', detail: 'must be >= 1' },
      { in: 'body', detail: 'unknown member "wieghts"' },
      { in: 'parameters', parameter: 'depth', detail: 'unknown parameter' },
      { in: 'parameters', parameter: 'smoothing', detail: 'expected a number' },
      { in: 'features', row: 0, column: 'a', detail: 'got an array' },
      { in: 'features', row: 1, detail: 'got a number' },
      { in: 'labels', detail: 'expected 2 rows' },
      { in: 'labels', row: 0, column: 'y', detail: 'missing value' },
      { in: 'validation_split', detail: 'above 0 and below 1' },
    ],
  },
  {
    what: 'faults in query, body and features of a prediction, all at once',
    send: () => predict(0, { rows: 1, features: [{ a: {} }] }, '&probabilities=2'),
    code: 'REQUEST_INVALID',
    faults: [
      { in: 'query', parameter: 'model_run_id', detail: 'must be >= 1' },
      { in: 'query', parameter: 'probabilities', detail: 'must be boolean' },
      { in: 'body', detail: 'unknown member "rows"' },
      { in: 'features', row: 0, column: 'a', detail: 'got an object' },
    ],
  },
  // The run.
  { what: 'a run that is not there, on train', send: () => train('majority', 2 ** 31 - 1, good), code: 'RUN_UNKNOWN' },
  { what: 'a run that is not there, on predict', send: () => post(gone, { features }), code: 'RUN_UNKNOWN' },
  {
    what: 'a run of another model',
    send: () => train('majority', pendingOf['mean'] as number, good),
    code: 'RUN_OF_ANOTHER_MODEL',
    detail: 'belongs to model "mean", not to "majority"',
  },
  { what: 'a run that ended in SUCCESS', send: () => train('majority', succeeded, good), code: 'RUN_FINISHED' },
  { what: 'a run that ended in FAILED', send: () => train('misbehaving', failed, good), code: 'RUN_FINISHED' },
  {
    what: 'a run that another worker trains',
    send: () => train('majority', runningElsewhere, good),
    code: 'RUN_HELD_ELSEWHERE',
  },
  { what: 'a prediction with a run that failed', send: () => predict(failed, { features }), code: 'RUN_FAILED' },
  {
    what: 'a prediction with a run that waits for its training',
    send: () => predict(pending, { features }),
    code: 'RUN_NOT_READY',
  },
  {
    what: 'a prediction with a run that is RUNNING',
    send: () => predict(runningElsewhere, { features }),
    code: 'RUN_NOT_READY',
  },
  {
    what: 'a prediction with a run that is SUCCESS and has no result',
    send: () => predict(successWithoutResult, { features }),
    code: 'ARTIFACT_UNUSABLE',
  },
  {
    what: 'a prediction with a result that is damaged',
    send: () => predict(damaged, { features }),
    code: 'ARTIFACT_UNUSABLE',
    detail: 'not an artifact',
  },
  {
    what: 'a prediction that takes too long',
    send: () => predict(slow, { features: Array.from({ length: 60_000 }, (_, a) => ({ a })) }),
    code: 'PREDICTION_TIMED_OUT',
    detail: 'PREDICT_TIMEOUT_SECONDS',
  },
  // HTTP.
  {
    what: 'a body over the limit on train',
    send: () => trainMajority('x'.repeat(4 * 2 ** 20 + 1)),
    code: 'BODY_TOO_LARGE',
  },
  {
    what: 'a body over the limit on predict',
    send: () => predictSucceeded('x'.repeat(4 * 2 ** 20 + 1)),
    code: 'BODY_TOO_LARGE',
  },
  ...['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'not a type'].map((type) => ({
    what: `the content type "${type}"`,
    send: () =>
      post(`/api/train?model_name=majority&model_run_id=${pending}`, JSON.stringify(good), { 'content-type': type }),
    code: 'MEDIA_TYPE_UNSUPPORTED' as const,
  })),
  { what: 'an unknown route', send: () => get('/api/trainings'), code: 'ROUTE_UNKNOWN' },
  { what: 'a method that a route does not take', send: () => get('/api/train'), code: 'ROUTE_UNKNOWN' },
  { what: 'a path that is not well encoded', send: () => get('/api/%E0%A4%A'), code: 'ROUTE_UNKNOWN' },
]

for (const bad of cases) {
  const { status } = ERROR_CATALOGUE[bad.code]
  t.test(`answers ${status} ${bad.code} to ${bad.what}`, async (t) => {
    await expectRefusal(t, bad, [])
  })
}

t.test('numbers in a path or a query that are no ids', async (t) => {
  for (const number of ['Infinity', '-Infinity', 'NaN', '1e999']) {
    const calls: readonly (readonly [parameter: string, answer: Promise<Answer>, place?: 'path'])[] = [
      ...['', '/logs', '/events', '/report', '/artifacts'].map(
        (part) => ['model_run_id', get(`/api/runs/${number}${part}`), 'path'] as const,
      ),
      ['model_run_id', post(`/api/runs/${number}/cancel`, undefined), 'path'],
      ['model_run_id', post(`/api/predict?model_run_id=${number}`, { features })],
      ['model_run_id', post(`/api/train?model_name=majority&model_run_id=${number}`, good)],
      ['before', get(`/api/runs?before=${number}`)],
      ['limit', get(`/api/runs?limit=${number}`)],
    ]
    for (const [parameter, answer, place = 'query'] of calls) {
      const { status, body } = await answer
      t.match({ status, ...body }, { status: 400, code: 'REQUEST_INVALID', errors: [{ in: place, parameter }] }, number)
    }
  }
})

t.test('a hundred faults are listed, the rest are counted', async (t) => {
  const before = await database.snapshot()
  const rows = Array.from({ length: 250 }, () => ({ a: [] }))
  const { status, body } = await trainMajority({ features: rows, labels: rows.map(() => ({ y: 1 })) })
  t.equal(status, 400)
  t.equal(body.errors.length, 100)
  t.match(body.detail, /^250 faults \(150 of them not listed\)/)
  t.equal(await database.snapshot(), before)
})

t.test('while the queue is full', async (t) => {
  const open = join(service.dataDir, 'open')
  const heldBody = { ...good, parameters: { until_exists: open } }
  const running = await database.insertRun('held_open')
  const waiting = await database.insertRun('majority')
  t.equal((await train('held_open', running, heldBody)).status, 200)
  t.equal((await train('majority', waiting, good)).status, 200)
  await until(async () => (await database.run(running)).run_status === 'RUNNING')
  const spooled = await readdir(join(service.dataDir, 'spool'))
  t.equal(spooled.filter((name) => name.endsWith('.run')).length, 2)

  const whileFull: Case[] = [
    { what: 'one more run', send: () => trainMajority(good), code: 'QUEUE_FULL', detail: 'TRAIN_QUEUE_LIMIT' },
    {
      what: 'another body for the run that waits',
      send: () => train('majority', waiting, { ...good, parameters: { smoothing: 1 } }),
      code: 'RUN_ACCEPTED_DIFFERENTLY',
    },
    {
      what: 'another body for the run in training',
      send: () => train('held_open', running, good),
      code: 'RUN_ACCEPTED_DIFFERENTLY',
    },
    {
      what: 'another model for the run that waits',
      send: () => train('mean', waiting, { features, labels: features }),
      code: 'RUN_ACCEPTED_DIFFERENTLY',
    },
    { what: 'a prediction with the run that waits', send: () => predict(waiting, { features }), code: 'RUN_NOT_READY' },
    {
      what: 'a prediction with the run in training',
      send: () => predict(running, { features }),
      code: 'RUN_NOT_READY',
    },
    {
      what: 'faults, before it looks at the queue',
      send: () => trainMajority({ features, labels: [] }),
      code: 'REQUEST_INVALID',
      faults: [{ in: 'labels', detail: 'at least one row' }],
    },
  ]
  for (const bad of whileFull) {
    const { status } = ERROR_CATALOGUE[bad.code]
    await t.test(`answers ${status} ${bad.code} to ${bad.what}`, (t) => expectRefusal(t, bad, spooled))
  }

  const before = await database.snapshot()
  t.equal((await train('majority', waiting, good)).status, 200, 'the same body is accepted again')
  t.equal((await train('held_open', running, heldBody)).status, 200, 'also of the run in training')
  t.equal(await database.snapshot(), before)
  t.same(await readdir(join(service.dataDir, 'spool')), spooled)

  await writeFile(open, '')
  t.equal(await database.ended(running), 'SUCCESS')
  t.equal(await database.ended(waiting), 'SUCCESS')
})

/** Sends the request, and holds the answer, the database and the spool to what a refusal must leave. */
async function expectRefusal(t: Test, bad: Case, spooled: readonly string[]): Promise<void> {
  const before = await database.snapshot()
  const { status, headers, body } = await bad.send()
  const { status: expectedStatus, title } = ERROR_CATALOGUE[bad.code]
  t.equal(status, expectedStatus, JSON.stringify(body))
  t.match(headers.get('content-type'), /^application\/problem\+json/)
  t.match(body, {
    type: `urn:ml-worker:error:${bad.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code: bad.code,
    detail: bad.detail ?? /./,
    instance: /^\/api\//,
  })
  const place = ({ in: member, row, column, parameter }: Fault) => JSON.stringify([member, row, column, parameter])
  const byPlace = (faults: readonly Fault[]) => faults.toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
  const expected = byPlace(bad.faults ?? [])
  t.match(byPlace(body.errors), expected)
  t.equal(body.errors.length, expected.length, JSON.stringify(body.errors))
  if (expectedStatus === 503) t.match(headers.get('retry-after'), /^[1-9]\d*$/)
  else t.equal(headers.get('retry-after'), null)
  t.equal(await database.snapshot(), before, 'nothing changed in the database')
  t.same(await readdir(join(service.dataDir, 'spool')), spooled, 'nor in the spool')
}
