// Weights of rows, and splits by time or group, from a request to metrics. Weighted values are scikit-learn's:
// test/golden/generate_weights.py.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ServiceError } from '../../src/errors.ts'
import { holdOut } from '../../src/intake/hold-out.ts'
import { readTraining } from '../../src/intake/read-training.ts'
import { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import { decodeArtifact } from '../../src/model/artifact.ts'
import { FaultList } from '../../src/model/faults.ts'
import type { Model } from '../../src/model/model.ts'
import { type Table, valueAt } from '../../src/model/table.ts'
import { discoverModels } from '../../src/registry/discover.ts'
import type { RowsForm } from '../../src/rows/forms.ts'
import { type GivenRowsQuery, readRowsQuery } from '../../src/rows/rows-query.ts'
import { readSpoolFile, type TrainingWork, writeWork } from '../../src/spool/spool-file.ts'
import { train } from '../../src/trainer/train.ts'

interface Golden {
  readonly scikit_learn: string
  readonly cases: readonly {
    readonly model: string
    readonly parameters: object
    readonly csv: string
    readonly metrics: { readonly [name: string]: number }
    readonly predictions: readonly (string | number)[]
  }[]
}
const golden: Golden = JSON.parse(readFileSync(new URL('../golden/weights.json', import.meta.url), 'utf8'))
const { models } = await discoverModels(new URL('../../statistical', import.meta.url).pathname)

function modelOf(name: string): Model {
  const found = models.find(({ model }) => model.name === name)
  if (found === undefined) throw new Error(`there is no model ${name}`)
  return found.model
}

async function readWork(
  name: string,
  form: RowsForm,
  body: string | object,
  query: GivenRowsQuery = {},
): Promise<TrainingWork> {
  const faults = new FaultList()
  const head = { modelName: name, runId: 1, form, query: readRowsQuery(query, form, faults), faults }
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return (await readTraining(head, bytes, async () => modelOf(name))).work
}

async function trained(name: string, work: TrainingWork, threads = 1) {
  const team = new ThreadTeam(threads)
  try {
    return await train(modelOf(name), work, { team, tell: () => {} })
  } finally {
    await team.close()
  }
}

async function refusals(...request: Parameters<typeof readWork>): Promise<string[]> {
  try {
    await readWork(...request)
    return []
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return error.faults.map((fault) =>
      [fault.in, fault.row, fault.column, fault.detail].filter((x) => x !== undefined).join(' '),
    )
  }
}

for (const { model: name, parameters, csv, metrics, predictions } of golden.cases) {
  t.test(`${name} with weights, as scikit-learn ${golden.scikit_learn}`, async (t) => {
    const work = await readWork(name, 'csv', csv, {
      labels: 'y',
      weights: 'w',
      parameters: JSON.stringify(parameters),
    })
    t.same(
      work.features.columns.map((column) => column.name),
      ['a', 'b', 'c'],
    )
    const { metrics: found, artifact } = await trained(name, work)
    for (const [metric, value] of Object.entries(metrics)) {
      const off = Math.abs((found[metric] as number) - value)
      t.ok(off <= 1e-5 * Math.max(1, Math.abs(value)), `${metric}: ${value} expected, ${found[metric]} found`)
    }
    const { labels } = await decodeArtifact(artifact, modelOf(name)).predict(work.features)
    predictions.forEach((expected, row) => {
      const given = valueAt(labels.columns[0] as Table['columns'][number], row) as string | number
      const isSame = typeof expected === 'number' ? Math.abs(expected - (given as number)) <= 1e-5 : expected === given
      if (!isSame) t.fail(`row ${row}: ${expected} expected, ${given} found`)
    })
    const again = await trained(name, work, 2)
    t.ok(again.artifact.equals(artifact), 'the same bytes on two threads')
  })
}

const ROWS = 60
const dayOf = (i: number): string => new Date(Date.UTC(2024, 0, 1 + ((i * 7) % ROWS))).toISOString().slice(0, 10)
const bodyOf = (more: object = {}, row: (i: number) => object = () => ({})) => ({
  features: Array.from({ length: ROWS }, (_, i) => ({ n: i, when: dayOf(i), who: `p${i % 12}`, w: i % 3, ...row(i) })),
  labels: Array.from({ length: ROWS }, (_, i) => ({ y: i % 4 === 0 ? 'a' : 'b' })),
  validation_split: 0.25,
  ...more,
})
const NAME = 'decision_tree_classifier'

t.test('weights as a list are those of a column, and rows of weight 0 count for nothing', async (t) => {
  const plain = bodyOf({ validation_split: null })
  const list = await readWork(NAME, 'json', { ...plain, weights: Array.from({ length: ROWS }, (_, i) => i % 3) })
  t.same(list.features.columns.length, 4, 'the columns stay')
  t.same([...(list.aside?.weights?.values ?? [])].slice(0, 4), [0, 1, 2, 0])
  const column = await readWork(NAME, 'json', { ...plain, weights: 'w' })
  t.same(column.aside?.weights?.values, list.aside?.weights?.values)
  t.equal((await trained(NAME, column)).metrics['support.a'], 15, 'supports are sums of weights')
})

t.test('a split by time holds out the latest rows, one by groups whole groups', async (t) => {
  const byTime = await readWork(NAME, 'json', bodyOf({ split_by: 'when' }))
  t.same(byTime.run.splitBy, { column: 'when', as: 'time' })
  t.same(
    byTime.features.columns.map(({ name }) => name),
    ['n', 'who', 'w'],
    'what rows are split by is no feature',
  )
  const held = holdOut(byTime, 'classifier')
  t.equal(held?.validation.length, 15)
  t.ok([...(held?.validation ?? [])].every((row) => dayOf(row) >= '2024-02-15'))
  const byGroup = await readWork(NAME, 'json', bodyOf({ split_by: { column: 'who' }, weights: 'w' }))
  t.same(byGroup.run.splitBy, { column: 'who', as: 'group' })
  const groups = holdOut(byGroup, 'classifier')
  const people = new Set(Array.from(groups?.validation ?? [], (row) => row % 12))
  t.equal(groups?.validation.length, 5 * people.size, 'whole groups')
  t.ok(people.size >= 2 && people.size <= 4)
  const { metrics } = await trained(NAME, byGroup)
  t.equal(metrics['validation_rows'], 5 * people.size)
  const numbers = await readWork(NAME, 'json', bodyOf({ split_by: { column: 'n', as: 'time' } }))
  t.same(
    [...(holdOut(numbers, 'classifier')?.validation ?? [])],
    Array.from({ length: 15 }, (_, k) => 45 + k),
  )
})

t.test('what is aside lies in the spool and comes back', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'aside-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const more of [{}, { weights: 'w' }, { split_by: 'when' }, { split_by: 'who', weights: 'w' }]) {
    const work = await readWork(NAME, 'json', bodyOf(more))
    const path = join(folder, `${Object.keys(more).join('-')}-1.run`)
    await writeWork(path, work)
    const read = await readSpoolFile(path)
    t.same(read.run, work.run)
    t.same(Object.keys(read.aside ?? {}).sort(), Object.keys(work.aside ?? {}).sort())
    t.same(holdOut(read, 'classifier'), holdOut(work, 'classifier'))
    t.same(read.aside?.weights?.values, work.aside?.weights?.values)
    const [first, second] = [await trained(NAME, work), await trained(NAME, read)]
    t.ok(first.artifact.equals(second.artifact), 'the same bytes')
  }
})

t.test('what cannot be a weight or a split is refused in words', async (t) => {
  const said = (more: object, row?: (i: number) => object) => refusals(NAME, 'json', bodyOf(more, row))
  t.same(await said({ weights: 'nowhere' }), ['weights nowhere missing column: no row has it'])
  t.same(await said({ weights: 7 }), ['weights expected the name of a column, or a list with a number for each row'])
  t.match(await said({ weights: [1, 2] }), [/^weights expected 60 numbers, as many as features, got 2/])
  t.same(await said({ weights: 'w' }, (i) => ({ w: i === 3 ? -1 : i === 4 ? null : 1 })), [
    'weights 3 w expected a weight of 0 or more, got -1',
    'weights 4 w expected a weight of 0 or more, got a missing value',
  ])
  t.match(await said({ weights: 'w' }, () => ({ w: 0 })), [/a finite sum above 0, got 0/])
  t.match(
    await said({ weights: 'who' }),
    Array.from({ length: ROWS }, () => /expected a number, got text/),
  )
  t.same(await said({ split_by: 'n' }), [
    'split_by n numbers may be times or groups: say {"column": …, "as": "time"}, or "group"',
  ])
  t.match(await said({ split_by: { column: 'n', as: 'month' } }), [/^split_by expected the name of a column/])
  t.same(await said({ split_by: 'who' }, (i) => (i === 5 ? { who: null } : {})), [
    'split_by 5 who missing value; every row needs a group',
  ])
  t.match(await said({ split_by: 'when', validation_split: null }), [/^split_by it says which rows validation_split/])
  t.match(await said({ split_by: 'who' }, () => ({ who: 'one' })), [/^validation_split all rows are of one group/])
  t.match(await said({ split_by: { column: 'n', as: 'time' }, weights: 'w' }, (i) => ({ w: i < 45 ? 1 : 0 })), [
    /all rows of one side have the weight 0/,
  ])
  const query = { labels: 'y', split_by: '{"column": "g"', weights: 'g' }
  t.match(await refusals(NAME, 'csv', 'n,g,y\n1,1,a\n2,2,b\n', query), [/expected a JSON object/])
  const work = await readWork('ml_cart_classifier', 'json', { ...bodyOf({ weights: 'w' }), validation_split: null })
  await t.rejects(trained('ml_cart_classifier', work), { name: 'DataError', message: /takes no weights/ })
})
