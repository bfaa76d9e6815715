// What a kill and a new start leave of the counted quality: all that was written, once, and of the last seconds nothing.
import t, { type Test } from 'tap'
import { addQuality, type QualityKind } from '../../src/monitoring/quality/quality-counts.ts'
import { countedOf } from '../support/counted.ts'
import { createOwnDatabase, type TestDatabase } from '../support/database.ts'
import { deploy, deployableProject } from '../support/deployed.ts'
import { monitoredCsv, monitoredRows } from '../support/monitored.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess, type TestProcess } from '../support/worker-process.ts'

const PREDICT = '/api/projects/orders/predict'
const ORDINARY = monitoredRows(4, 2)
const ROWS = [{ amount: 9, colour: 'violet' }, ...ORDINARY]

interface Counted {
  readonly requests: number
  readonly refused: number
  readonly wrongTypes: number
  readonly scored: number
  readonly anomalous: number
}
const KINDS = ['requests', 'refused', 'wrongTypes', 'scored', 'anomalous'] as const

t.test('a worker that is killed loses its last write at the most, and nothing counts twice', async (t) => {
  const { database, start } = await startProject(t)
  const [first, second] = [new Counting(await start()), new Counting(await start())]
  for (const worker of [first, second]) await worker.warm()
  for (let i = 0; i < 10; i++) {
    await first.round()
    await second.round()
  }
  const before = await first.counted()
  await untilWritten(database, [before, await second.counted()])
  for (let i = 0; i < 5; i++) await first.round()
  const inAll = await first.counted()
  await first.worker.end('SIGKILL')
  for (let i = 0; i < 5; i++) await second.round()
  const ofSecond = await second.counted()
  await second.worker.end('SIGTERM')
  // A write may have come between any two of the last requests.
  const written = await readCounts(database)
  for (const kind of KINDS) {
    const left = written[kind] - ofSecond[kind]
    const range = `${before[kind]} before and ${inAll[kind]} in all`
    t.ok(left >= before[kind] && left <= inAll[kind], `${kind}: ${left} of the first one, ${range}`)
  }
})

t.test('a worker that ends writes all, and the next one counts on from there', async (t) => {
  const { database, start } = await startProject(t)
  const folder = await dataFolder(t)
  const ended: Counted[] = []
  for (let starts = 0; starts < 3; starts++) {
    const worker = new Counting(await start(folder))
    await worker.warm()
    for (let i = 0; i < 5; i++) await worker.round()
    ended.push(await worker.counted())
    await worker.worker.end('SIGTERM')
    t.same(await readCounts(database), sumOf(ended), `after ${starts + 1} starts`)
  }
  t.ok(sumOf(ended).anomalous >= 15, 'the strange row of each round')
})

/** A project whose rows are scored, deployed by a worker that predicts nothing. */
async function startProject(t: Test) {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const storage = await dataFolder(t)
  const start = async (folder?: string): Promise<TestProcess> => {
    const settings = { DATABASE_URL: database.url, LOCAL_STORAGE_DIR: storage, REVIEW_SELF: 'allow' }
    const worker = await startTestProcess(t, { ...settings, DATA_DIR: folder ?? (await dataFolder(t)) })
    await until(async () => (await worker.get('/api/health/ready')).status === 200)
    return worker
  }
  const deployer = await start()
  const csv = monitoredCsv(2_000, 1)
  // On a busy machine first connections take longer than the worker waits: it says 503, try again.
  await until(
    async () => (await deployer.post('/api/datasets?name=first', csv, { 'content-type': 'text/csv' })).status === 201,
  )
  await deployableProject(deployer, 'orders', ['majority'], { csv })
  const { status } = await deployer.put('/api/projects/orders/monitoring', { anomaly_share: 0.05 })
  if (status !== 200) throw new Error(`the setting was answered with ${status}`)
  await deploy(deployer, 'orders', 1)
  await deployer.end('SIGTERM')
  return { database, start }
}

/** A worker, and what it has been asked since its start. */
class Counting {
  readonly worker: TestProcess
  private requests = 0
  private refused = 0
  /** Rows that it has to have scored: all since it knows that the project wants it. */
  private rows = 0

  constructor(worker: TestProcess) {
    this.worker = worker
  }

  /** Asks until it knows of the deployment and of what the project wants. */
  async warm(): Promise<void> {
    await until(async () => {
      const { status } = await this.worker.post(PREDICT, { features: ORDINARY.slice(0, 1) })
      if (status === 200) this.requests += 1
      return (await this.scored()) > 0
    })
    await until(async () => (await this.figure('scored_rows_waiting')) === 0)
    this.rows = await this.scored()
  }

  /** One request that is predicted, one that is refused for the type of a column, and one for another fault. */
  async round(): Promise<void> {
    const bodies = [ROWS, [{ amount: '12', colour: 'red' }], [{ amount: 1, colour: 'red', surplus: 1 }]]
    const found: number[] = []
    for (const features of bodies) found.push((await this.worker.post(PREDICT, { features })).status)
    if (found.join() !== '200,400,400') throw new Error(`answered with ${found}`)
    this.requests += 3
    this.refused += 2
    this.rows += ROWS.length
  }

  /** When all rows are scored. */
  async counted(): Promise<Counted> {
    await until(async () => (await this.scored()) === this.rows)
    const { requests, refused, rows: scored } = this
    const wrongTypes = await this.figure('refused_types_total')
    return { requests, refused, wrongTypes, scored, anomalous: await this.figure('anomalous_rows_total') }
  }

  private scored(): Promise<number> {
    return this.figure('scored_rows_total')
  }

  private async figure(name: string): Promise<number> {
    const { body } = await this.worker.get('/metrics')
    const found = new RegExp(`^ml_worker_${name}(?:\\{project_id="\\d+".*\\})? (\\d+)$`, 'm').exec(body as string)
    return Number(found?.[1] ?? 0)
  }
}

async function untilWritten(database: TestDatabase, of: readonly Counted[]): Promise<void> {
  const wanted = JSON.stringify(sumOf(of))
  await until(async () => JSON.stringify(await readCounts(database)) === wanted)
}

/** Of all workers, as the monitoring reads it. */
async function readCounts(database: TestDatabase): Promise<Counted> {
  const windows = (await countedOf(database, 'orders')).flatMap((version) => version.windows)
  const { requests, refused, counts } = addQuality(windows.map(({ quality }) => quality))
  const countOf = (wanted: QualityKind): number =>
    counts.filter(({ kind }) => kind === wanted).reduce((sum, { count }) => sum + count, 0)
  const ofRows = { scored: countOf('scored'), anomalous: countOf('anomalous') }
  return { requests, refused, wrongTypes: countOf('wrong_type'), ...ofRows }
}

function sumOf(all: readonly Counted[]): Counted {
  const sums = KINDS.map((kind) => [kind, all.reduce((sum, each) => sum + each[kind], 0)])
  return Object.fromEntries(sums) as Record<(typeof KINDS)[number], number>
}
