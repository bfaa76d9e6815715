// The shipped alert rules in a real Prometheus that scrapes a real worker, over stories that an operator meets.
import { spawn, spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../src/database/free-port.ts'
import { createTestDatabase } from '../support/database.ts'
import { dataFolder, gate, heldBy, openGate, runsOf } from '../support/runs.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { good } from '../support/trained.ts'
import { until } from '../support/until.ts'
import { startTestProcess } from '../support/worker-process.ts'

const RULES = join(import.meta.dirname, '../../examples/prometheus/rules.yml')
/** A real minute takes a second here: windows and waits of the rules, and the time between two scrapes. */
const scaled = (rules: string): string => rules.replaceAll(/\[\d+m\]/g, '[20s]').replaceAll(/for: \d+m/g, 'for: 3s')

interface Alert {
  readonly state: 'pending' | 'firing'
  readonly labels: Readonly<Record<string, string>>
}

const hasPrometheus = spawnSync('prometheus', ['--version']).error === undefined
t.test(
  'the alerts of a worker tell what happens to it, and nothing else',
  { skip: hasPrometheus ? false : 'no prometheus on the path' },
  async (t) => {
    const database = await createTestDatabase(t)
    for (const model of ['held_open', 'misbehaving', 'majority']) await database.registerModel(model)
    const proxy = await createTcpProxy(t, database.url)
    await proxy.open()
    const environment = { DATABASE_URL: proxy.url, DATA_DIR: await dataFolder(t), TRAIN_QUEUE_LIMIT: '1' }
    const worker = await startTestProcess(t, environment)
    const alerts = await startPrometheus(t, worker.url)
    const firing = async (name: string): Promise<Alert | undefined> =>
      (await alerts()).find(({ labels, state }) => labels['alertname'] === name && state === 'firing')
    const runs = runsOf(database)

    // Polling a run that is in training is not overload: as many refusals as the rule about overload asks for.
    const path = gate(t)
    const held = await runs.accepted(worker, 'held_open', heldBy(path))
    const seen = new Set<string>()
    for (const end = Date.now() + 8_000; Date.now() < end; ) {
      const { status } = await worker.predict(held, { features: [{ a: 1 }] })
      if (status !== 503) throw new Error(`a prediction of a run in training is answered with ${status}`)
      for (const { labels } of await alerts()) seen.add(labels['alertname'] as string)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    t.same([...seen], [], 'no alert while callers poll a run that is in training')

    // A full queue is.
    const waiting = await database.insertRun('majority')
    let overloaded: Alert | undefined
    await until(async () => {
      const { body } = await worker.train('majority', waiting, good)
      t.equal(body.code, 'QUEUE_FULL')
      await new Promise((resolve) => setTimeout(resolve, 100))
      overloaded = await firing('MlWorkerOverloaded')
      return overloaded !== undefined
    })
    t.equal(overloaded?.labels['code'], 'QUEUE_FULL')
    await openGate(path)
    t.equal(await database.ended(held), 'SUCCESS')
    // Its place is free a moment after its end is written.
    await until(async () => (await worker.train('majority', waiting, good)).status === 200)
    t.equal(await database.ended(waiting), 'SUCCESS')

    // The first training after the start that fails is seen.
    const failing = await database.insertRun('misbehaving')
    const bad = { ...good, parameters: { deed: 'throws' } }
    await until(async () => (await worker.train('misbehaving', failing, bad)).status === 200)
    t.equal(await database.ended(failing), 'FAILED')
    await until(async () => (await firing('MlWorkerTrainingsFail')) !== undefined)
    t.match((await firing('MlWorkerTrainingsFail'))?.labels, { model: 'misbehaving', outcome: 'model_failed' })

    // Without its database it is not ready, and nothing has gone wrong with the worker itself.
    t.equal(await firing('MlWorkerNotReady'), undefined)
    await proxy.shut()
    await until(async () => (await firing('MlWorkerNotReady')) !== undefined)
    t.equal(await firing('MlWorkerErrors'), undefined)
    await proxy.open()
    await until(async () => (await firing('MlWorkerNotReady')) === undefined)

    await worker.end('SIGKILL')
    await until(async () => (await firing('MlWorkerDown')) !== undefined)
  },
)

/** Starts a Prometheus that scrapes the worker every half second. Gives its alerts, pending ones too. */
async function startPrometheus(t: Tap, workerUrl: string): Promise<() => Promise<Alert[]>> {
  const folder = await dataFolder(t)
  await writeFile(join(folder, 'rules.yml'), scaled(await readFile(RULES, 'utf8')))
  const configuration = {
    global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'ml-worker', static_configs: [{ targets: [new URL(workerUrl).host] }] }],
  }
  // JSON is YAML.
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(configuration))
  const address = `127.0.0.1:${await freePort()}`
  const settings = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`]
  const child = spawn('prometheus', [...settings, `--web.listen-address=${address}`], { stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
  const ask = async (path: string): Promise<any> => (await fetch(`http://${address}/api/v1/${path}`)).json()
  const alerts = async (): Promise<Alert[]> => (await ask('alerts')).data.alerts
  await until(async () => {
    const { data } = await ask('query?query=ml_worker_ready').catch(() => ({ data: { result: [] } }))
    return data.result[0]?.value[1] === '1'
  })
  return alerts
}

type Tap = Parameters<typeof dataFolder>[0]
