// Every row that a project predicts is counted in the cells of its version, in whatever form it comes.
import t from 'tap'
import { type Baseline, type ColumnBaseline, cellNames } from '../../src/cells/baseline.ts'
import { decodeArtifact, encodeArtifact, readArtifactParameters } from '../../src/model/artifact.ts'
import Forest from '../models/forest.ts'
import { countedOf, rowsIn } from '../support/counted.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy } from '../support/deployed.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const COLOURS = ['red', 'green', 'blue'] as const
const TRAINED = Array.from({ length: 120 }, (_, i) => ({
  size: (i * 7) % 40,
  colour: COLOURS[i % 3] as string,
  kind: (i * 7) % 40 < 20 ? 'small' : 'large',
}))
const CSV = `size,colour,kind\n${TRAINED.map(({ size, colour, kind }) => `${size},${colour},${kind}\n`).join('')}`

const database = await createOwnDatabase(t)
await database.registerModel('forest')
const service = await startTestService(t, { DATABASE_URL: database.url, REVIEW_SELF: 'allow' })
const { post, get } = service

async function trained(project: string, version: number, options: object): Promise<void> {
  const { status, body } = await post(`/api/projects/${project}/versions`, options)
  if (status !== 202) throw new Error(JSON.stringify(body))
  await until(async () => (await get(`/api/projects/${project}/versions/${version}`)).status === 200)
  await post(`/api/projects/${project}/versions/${version}/reviews`, { decision: 'approved' })
}
await post('/api/datasets?name=sizes&labels=kind', CSV, { 'content-type': 'text/csv' })
for (const name of ['sizes', 'others'])
  await post('/api/projects', { name, model_name: 'forest', dataset_name: 'sizes' })

const path = '/api/projects/sizes/predict'
const cellsOf = (column: ColumnBaseline, counts: readonly number[] = column.counts): Record<string, number> =>
  Object.fromEntries(cellNames(column.cells).map((name, i) => [name, counts[i] as number]))

t.test('a version shows what it saw at its training', async (t) => {
  await trained('sizes', 1, { validation_split: 0.25 })
  await trained('sizes', 2, {})
  await trained('sizes', 3, { cross_validation: { folds: 3 } })
  const { status, body } = await get('/api/projects/sizes/versions/1/baseline')
  t.equal(status, 200)
  t.match(body, { version: 1, status: 'frozen', rows: 120, answers_of: 'held_out', answer_rows: 30 })
  const [size, colour] = body.features
  t.match(size, { name: 'size', kind: 'numeric' })
  const bins = size.cells.filter(({ from }: { from?: number }) => from !== undefined)
  t.equal(bins[0].from, 0)
  t.equal(bins.at(-1).to, 39)
  t.equal(
    bins.reduce((sum: number, { count }: { count: number }) => sum + count, 0),
    120,
  )
  t.same(
    colour.cells.map(({ name, count }: { name: string; count: number }) => [name, count]),
    [
      ['blue', 40],
      ['green', 40],
      ['red', 40],
      ['unseen', 0],
      ['missing', 0],
    ],
  )
  t.match(body.answers, [{ name: 'kind', kind: 'categorical' }])
  t.match(body.confidence, { name: 'confidence', kind: 'numeric' })
  const seen = (await get('/api/projects/sizes/versions/2/baseline')).body
  t.match(seen, { answers_of: 'none', answer_rows: 0, answers: [] })
  t.notOk('confidence' in seen)
  t.match((await get('/api/projects/sizes/versions/3/baseline')).body, { answers_of: 'out_of_fold', answer_rows: 120 })
  t.equal((await get('/api/projects/sizes/versions/9/baseline')).body.code, 'VERSION_UNKNOWN')
})

t.test('rows are counted by version in every form, here and in the thread', async (t) => {
  const first = await deploy(service, 'sizes', 1)
  const one = { size: 3, colour: 'red' }
  const json = async (rows: readonly object[], query = '') => {
    const { status, body } = await post(`${path}${query}`, { features: rows })
    if (status !== 200) throw new Error(JSON.stringify(body))
    return body
  }
  t.match((await json([one, one])).deployment, { id: first })
  await json([
    { size: null, colour: 'violet' },
    { size: 1e9, colour: null },
    { size: -1, colour: 'blue' },
  ])
  await json([one], '?explain=true')
  await post(path, 'size,colour\n3,red\n4,violet\n', { 'content-type': 'text/csv', accept: 'text/csv' })
  const inputs = [
    { name: 'size', datatype: 'FP64', shape: [1], data: [3] },
    { name: 'colour', datatype: 'BYTES', shape: [1], data: ['red'] },
  ]
  t.equal((await post('/v2/models/sizes/infer', { inputs })).status, 200)
  t.equal((await post(path, { features: [{ size: 'x' }] })).status, 400, 'what is refused is not counted')
  const many = Array.from({ length: 30_000 }, (_, i) => `${i % 40},${COLOURS[i % 3]}\n`).join('')
  const large = { 'content-type': 'text/csv', accept: 'application/vnd.apache.arrow.stream' }
  t.equal((await post(path, `size,colour\n${many}`, large)).status, 200)
  const here = 2 + 3 + 1 + 2 + 1
  await until(async () => rowsIn(await countedOf(database, 'sizes')) === here + 30_000)

  const [counted, ...more] = await countedOf(database, 'sizes')
  t.same(more, [])
  t.equal(counted?.version, 1)
  const { windows } = counted as NonNullable<typeof counted>
  const baseline = counted?.baseline as Baseline
  const [size, colour] = baseline.features as [ColumnBaseline, ColumnBaseline]
  const [window] = windows as [(typeof windows)[number]]
  const sizes = cellsOf(size, window.features[0])
  t.match(sizes, { below: 1, above: 1, missing: 1 })
  t.equal(
    Object.values(sizes).reduce((sum, count) => sum + count, 0),
    here + 30_000,
  )
  t.same(cellsOf(colour, window.features[1]), {
    red: 10_000 + 2 + 1 + 1 + 1,
    green: 10_000,
    blue: 10_000 + 1,
    unseen: 2,
    missing: 1,
  })
  const sumOf = (counts: readonly number[] | undefined) => counts?.reduce((sum, count) => sum + count, 0)
  t.equal(sumOf(window.answers[0]), here + 30_000)
  t.equal(sumOf(window.confidence), here + 30_000)
  const { small } = cellsOf((baseline.answers as [ColumnBaseline])[0], window.answers[0])
  t.ok((small ?? 0) > 14_000 && (small ?? 0) < 16_500, `${small} of 30,009 are small`)

  await deploy(service, 'sizes', 2)
  await until(async () => (await json([one])).deployment.version === 2)
  await until(async () => (await countedOf(database, 'sizes')).length === 2)
  const [before, after] = await countedOf(database, 'sizes', { by: 'hour' })
  t.ok(rowsIn([before as NonNullable<typeof before>]) >= here + 30_000)
  t.match(after, { version: 2, baseline: { answersOf: 'none' } })
  t.same(after?.windows[0]?.answers, [], 'of answers there is no baseline')
  t.equal(
    rowsIn(await countedOf(database, 'sizes', { deploymentId: first, by: 'day' })),
    rowsIn([before as NonNullable<typeof before>]),
  )
  t.same(await countedOf(database, 'sizes', { environment: 'staging' }), [])
  t.same(await countedOf(database, 'others'), [])
})

t.test('of a version without a baseline rows are counted, and nothing else', async (t) => {
  await trained('sizes', 4, {})
  const { model_run_id: run } = (await get('/api/projects/sizes/versions/4')).body
  // As an earlier worker has left it.
  const { rows } = await database.owner.query('select run_result from model_runs where id = $1', [run])
  const bytes: Buffer = rows[0].run_result
  const model = new Forest()
  const earlier = encodeArtifact(model, readArtifactParameters(bytes), decodeArtifact(bytes, model))
  await database.owner.query('update model_runs set run_result = $2 where id = $1', [run, earlier])
  t.match((await get('/api/projects/sizes/versions/4/baseline')).body, { status: 'no_baseline', features: [] })
  const id = await deploy(service, 'sizes', 4, 'staging')
  t.equal((await post(`${path}?environment=staging`, { features: [{ size: 1, colour: 'red' }] })).status, 200)
  const counted = () => countedOf(database, 'sizes', { deploymentId: id })
  await until(async () => rowsIn(await counted()) === 1)
  t.match(await counted(), [{ version: 4, baseline: undefined, windows: [{ rowCount: 1, features: [], answers: [] }] }])
})
