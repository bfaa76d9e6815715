import { createHash } from 'node:crypto'
import t from 'tap'
import Forest from '../../test/models/forest.ts'
import { FaultList } from '../model/faults.ts'
import type { RowsForm } from '../rows/forms.ts'
import { type GivenRowsQuery, readRowsQuery } from '../rows/rows-query.ts'
import { IdempotencyKeys } from './callers-word.ts'
import { type RowsOfDataset, readTraining } from './read-training.ts'

const model = new Forest()

async function digestsOf(body: string, form: RowsForm = 'json', given: GivenRowsQuery = {}, dataset?: RowsOfDataset) {
  const faults = new FaultList()
  const query = readRowsQuery(given, form, faults)
  const head = { modelName: model.name, runId: 1, form, query, faults, ...(dataset && { dataset }) }
  const { work, earlierDigest } = await readTraining(head, Buffer.from(body), async () => model)
  return { digest: work.run.digest, earlierDigest }
}

const sound = `{"features": [{"a": 1, "b": "x"}, {"a": 2, "b": null}, {"a": 3, "b": "y"}], "labels": [{"y": "p"}, {"y": "q"}, {"y": "p"}],
  "parameters": {"n_estimators": 3, "max_depth": 2}, "validation_split": null}`

t.test('a JSON body is known by what it means', async (t) => {
  const { digest } = await digestsOf(sound)
  t.match(digest, /^[0-9a-f]{64}$/)
  const same = `{"parameters":{"max_depth":2.0,"n_estimators":3},"labels":[{"y":"p"},{"y":"q"},{"y":"\\u0070"}],
    "features":[{"b":"x","a":1},{"a":2e0},{"b":"y","a":3}]}`
  t.equal((await digestsOf(same)).digest, digest, 'members in another order, null for nothing, others ways to write')
  const others = {
    'another parameter': sound.replace('"max_depth": 2', '"max_depth": 3'),
    'another value of a row': sound.replace('"a": 3', '"a": 4'),
    'a name for another column': sound.replaceAll('"b"', '"c"'),
    'another label': sound.replace('"q"', '"r"'),
    'rows in another order': sound.replace(
      '{"a": 1, "b": "x"}, {"a": 2, "b": null}',
      '{"a": 2, "b": null}, {"a": 1, "b": "x"}',
    ),
    'rows to hold out': sound.replace('"validation_split": null', '"validation_split": 0.4'),
    'weights of the rows': sound.replace('"validation_split": null', '"weights": "a"'),
  }
  for (const [what, body] of Object.entries(others)) {
    t.not(body, sound)
    t.not((await digestsOf(body)).digest, digest, what)
  }
})

t.test(
  'a text that reads as a number is another request than the number: predictions will take other rows',
  async (t) => {
    const ofFirst = async (value: string) => (await digestsOf(sound.replace('"x"', value))).digest
    t.not(await ofFirst('"1"'), await ofFirst('1'))
    const allNumbers = (b: string) => sound.replace('"x"', b).replace('"y"}]', '3}]').replace('"b": null', '"b": 2')
    t.not((await digestsOf(allNumbers('"1"'))).digest, (await digestsOf(allNumbers('1'))).digest)
  },
)

t.test('the space of a search has no order; the values of one parameter have', async (t) => {
  const searching = (space: string): string =>
    sound.replace(
      '"validation_split": null',
      `"search": {"strategy": "random", "folds": 2, "trials": 2, "space": ${space}}`,
    )
  const rows = sound
    .replace('[{"a": 1', '[{"a": 0, "b": "x"}, {"a": 1')
    .replace('[{"y": "p"}', '[{"y": "q"}, {"y": "p"}')
  const of = async (space: string) =>
    (await digestsOf(searching(space).replace(sound.split('\n')[0] as string, rows.split('\n')[0] as string))).digest
  const digest = await of('{"n_estimators": [2, 3], "max_depth": [1, 2]}')
  t.equal(await of('{"max_depth": [1, 2], "n_estimators": [2, 3]}'), digest)
  t.not(await of('{"n_estimators": [3, 2], "max_depth": [1, 2]}'), digest)
})

t.test('rows in another form are known by their bytes, and what is said beside them by what it means', async (t) => {
  const csv = 'a,b,y\r\n1,x,p\r\n2,y,q\r\n3,x,p\r\n'
  const { digest } = await digestsOf(csv, 'csv', { labels: 'y', parameters: '{"n_estimators": 3, "max_depth": 2}' })
  const same = { labels: '["y"]', parameters: '{"max_depth": 2, "n_estimators": 3}' }
  t.equal((await digestsOf(csv, 'csv', same)).digest, digest)
  t.not((await digestsOf(csv.replaceAll('\r', ''), 'csv', same)).digest, digest)
  t.not((await digestsOf(csv, 'csv', { ...same, parameters: '{"max_depth": 2, "n_estimators": 4}' })).digest, digest)
  t.not((await digestsOf(csv, 'csv', { ...same, separator: 'comma' })).digest, digest)
})

t.test('rows of a data set are known with the data set', async (t) => {
  const dataset = { datasetId: 7, featureNames: undefined, correlationId: null }
  const rows = '[{"a": 1, "y": "p"}, {"a": 2, "y": "q"}]'
  const of = async (given: Partial<RowsOfDataset>) => {
    const query = { labelNames: ['y'], parameters: undefined, validationSplit: undefined }
    const head = { modelName: model.name, runId: 1, form: 'json' as const, query, faults: new FaultList() }
    const read = await readTraining(
      { ...head, dataset: { ...dataset, ...given } },
      Buffer.from(rows),
      async () => model,
    )
    return read.work.run.digest
  }
  const digest = await of({})
  t.equal(await of({ correlationId: undefined }), digest)
  t.not(await of({ datasetId: 8 }), digest)
  t.not(await of({ featureNames: ['a'] }), digest)
})

t.test('a run of an earlier version of the worker is known by the bytes of its request', async (t) => {
  const { digest, earlierDigest } = await digestsOf(sound)
  t.equal(earlierDigest, createHash('sha256').update(JSON.stringify(model.name)).update(sound).digest('hex'))
  const keys = new IdempotencyKeys(10)
  keys.remember('k', earlierDigest, { runId: 5 })
  const once = (digests: readonly [string, string]) =>
    keys.once(
      'k',
      digests,
      async () => true,
      async () => ({ runId: 6 }),
    )
  t.same(await once([digest, earlierDigest]), { runId: 5 })
  await t.rejects(once([digest, 'another']), { code: 'IDEMPOTENCY_KEY_REUSED' })
})
