// Levels that the training never saw, by name: kept where rows are, over two workers, sealed under keys, erased, and shown.
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { keptUnseen } from '../../src/monitoring/unseen/retention.ts'
import { createOwnDatabase } from '../support/database.ts'
import { deploy, deployableProject } from '../support/deployed.ts'
import { monitoredCsv, monitoredRows } from '../support/monitored.ts'
import { dataFolder } from '../support/runs.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const path = '/api/projects/orders'

/** Workers of one database; the first has deployed a version whose column `colour` has three levels. */
async function setUp(t: Test, workerCount: number, settings: object = {}) {
  const database = await createOwnDatabase(t, ['forest'])
  const common = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: await dataFolder(t), REVIEW_SELF: 'allow' }
  const workers: TestService[] = []
  for (let i = 0; i < workerCount; i++) {
    const worker = await startTestService(t, { ...common, ...settings, DATA_DIR: await dataFolder(t) })
    await worker.service.whenReconciled
    if (i === 0) {
      await deployableProject(worker, 'orders', ['forest'], { csv: monitoredCsv(300, 1) })
      await deploy(worker, 'orders', 1)
      await worker.put(`${path}/monitoring`, { log: 'off' })
    }
    workers.push(worker)
  }
  const [first] = workers as [TestService]
  const say = async (words: object) => {
    const etag = (await first.get(`${path}/monitoring`)).headers.get('etag') as string
    const { status, body } = await first.put(`${path}/monitoring`, words, { 'if-match': etag })
    if (status !== 200) throw new Error(JSON.stringify(body))
  }
  const stored = async (): Promise<string[]> => {
    const { rows } = await database.owner.query('select row_to_json(u)::text as text from ml_worker.unseen_levels u')
    return rows.map(({ text }) => text)
  }
  return { database, workers, first, say, stored }
}

const rowsOf = (counts: Record<string, number>) =>
  Object.entries(counts).flatMap(([colour, count]) => Array.from({ length: count }, () => ({ amount: 0.5, colour })))
const predict = async (client: TestService, features: readonly object[]) => {
  const { status, body } = await client.post(`${path}/predict`, { features })
  if (status !== 200) throw new Error(JSON.stringify(body))
}
/** Of the column in both answers, which must say the same. */
const levels = async ({ get }: TestService, query = 'window=24h') => {
  const ofColumn = async (kind: string) => {
    const { columns } = (await get(`${path}/${kind}?${query}`)).body
    return columns.find(({ name }: { name: string }) => name === 'colour')?.unseen_levels
  }
  const [quality, drift] = [await ofColumn('data-quality'), await ofColumn('drift')]
  if (JSON.stringify(quality) !== JSON.stringify(drift)) throw new Error(JSON.stringify({ quality, drift }))
  return quality
}
const erase = async ({ post, get }: TestService, value: string) => {
  const { erasure_id: id } = (await post('/api/erasures', { column: 'colour', value })).body
  await until(async () => (await get(`/api/erasures/${id}`)).body.state !== 'running')
  return (await get(`/api/erasures/${id}`)).body
}

t.test('names of levels over two workers', async (t) => {
  const { database, workers, first, say, stored } = await setUp(t, 2)
  const second = workers[1] as TestService

  await t.test('while the log is off none is kept, and the share is told all the same', async (t) => {
    await predict(first, rowsOf({ violet: 3, red: 2 }))
    t.equal(await levels(first), undefined)
    t.same(await stored(), [])
    const { columns } = (await first.get(`${path}/data-quality?window=24h`)).body
    t.match(columns.find(({ name }: { name: string }) => name === 'colour').unseen, { rows: 3 })
  })

  await t.test('all rows count, in place and in the thread, and workers are added', async (t) => {
    // Of the sample there is hardly a row.
    await say({ log: 'sampled', rate: 0.001 })
    await predict(first, rowsOf({ violet: 3, pink: 1, red: 2 }))
    await predict(first, rowsOf({ pink: 4 }))
    await predict(first, [...monitoredRows(20_000, 2), ...rowsOf({ violet: 30 })])
    t.same(await levels(first), [
      { level: 'violet', rows: 33 },
      { level: 'pink', rows: 5 },
    ])
    // It has them in memory: whoever reads writes nothing.
    t.same(await stored(), [])
    // It knows the settings some moments later.
    let sent = 0
    await until(async () => {
      await predict(second, rowsOf({ grey: 2 }))
      sent += 2
      return (await levels(second))?.some(({ level }: { level: string }) => level === 'grey')
    })
    t.same(await stored(), [])
    await second.service.close()
    t.equal((await stored()).length, 1)
    const found = await levels(first)
    t.same(
      found.filter(({ level }: { level: string }) => level !== 'grey'),
      [
        { level: 'violet', rows: 33 },
        { level: 'pink', rows: 5 },
      ],
    )
    const grey = found.find(({ level }: { level: string }) => level === 'grey').rows
    t.ok(grey >= 2 && grey <= sent)
    t.equal(await levels(first, 'from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z'), undefined)
  })

  await t.test('of many the most frequent are told, and of a long one its beginning', async (t) => {
    const flood = Array.from({ length: 5_000 }, (_, i) => ({ amount: 0.5, colour: `id ${i}` }))
    await predict(first, [...flood, ...rowsOf({ [`long ${'x'.repeat(200)}`]: 40 })])
    const found = await levels(first)
    t.equal(found.length, 20)
    const [longest, violet] = found
    t.same(longest, { level: `long ${'x'.repeat(95)}`, rows: 40 })
    t.same(violet, { level: 'violet', rows: 33 })
  })

  await t.test('the page names them beside the finding', async (t) => {
    const { body } = await first.get(`${path}/monitoring/report?window=24h`)
    t.match(
      body,
      /levels that the training had not, 0 % in the training: <bdi>long x+…<\/bdi> \(40\), <bdi>violet<\/bdi> \(33\), <bdi>pink/,
    )
  })

  await t.test('an erasure takes a level out, also by a value that was cut', async (t) => {
    // One is in the table, one in memory.
    await erase(first, 'nowhere')
    await predict(first, rowsOf({ violet: 1 }))
    t.match(await erase(first, 'violet'), {
      state: 'done',
      erased: [{ room: 'unseen-levels', what: 'levels', count: 2 }],
    })
    await erase(first, `long ${'x'.repeat(200)}`)
    const left = await levels(first)
    t.notOk(left.some(({ level }: { level: string }) => /violet|long/.test(level)))
    t.ok(left.some(({ level }: { level: string }) => level === 'pink'))
    t.notMatch((await stored()).join(), /violet|long/)
  })

  await t.test('while the log is off none are told, of those either that were written before', async (t) => {
    const before = await levels(first)
    await say({ log: 'off' })
    t.equal(await levels(first), undefined)
    t.not((await stored()).length, 0)
    await predict(first, rowsOf({ violet: 9 }))
    await say({ log: 'all', retention_days: 7 })
    t.same(await levels(first), before)
  })

  await t.test('they are kept as long as the predictions of their project', async (t) => {
    const { countOld, deleteOld } = keptUnseen(database.owner)
    const { signal } = new AbortController()
    t.same([await countOld(signal), await deleteOld(signal)], [0, 0])
    await database.owner.query(`update ml_worker.unseen_levels set hour = hour - interval '8 days'`)
    const count = (await stored()).length
    t.same([await countOld(signal), await deleteOld(signal), await stored()], [count, count, []])
  })
})

t.test('with keys no name is in the table; they are read and erased, and what cannot be opened is told', async (t) => {
  const file = join(t.testdir(), 'keys')
  await writeFile(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  const { first, say, stored, database } = await setUp(t, 1, { ENCRYPTION_KEY_FILE: file })
  await say({ log: 'all' })
  await predict(first, rowsOf({ violet: 3, pink: 1 }))
  t.same(await levels(first), [
    { level: 'violet', rows: 3 },
    { level: 'pink', rows: 1 },
  ])
  t.match(await erase(first, 'nowhere'), { state: 'done' })
  const before = await stored()
  t.equal(before.length, 1)
  t.notMatch(before.join(), /violet|pink|colour/)
  t.match(await erase(first, 'violet'), {
    state: 'done',
    erased: [{ room: 'unseen-levels', what: 'levels', count: 1 }],
  })
  t.same(await levels(first), [{ level: 'pink', rows: 1 }])
  const bytes = (text: string) => JSON.parse(text).sealed_levels
  t.equal((await stored()).length, 1)
  t.not(bytes((await stored())[0] as string), bytes(before[0] as string))
  await database.owner.query('update ml_worker.prediction_batches set header = overlay(header placing $1 from 25)', [
    randomBytes(8),
  ])
  t.equal(await levels(first), undefined)
  t.ok(first.logged.some(({ msg }) => msg === 'levels are sealed with a key that is not there'))
  t.match(await erase(first, 'pink'), { state: 'failed' })
})
