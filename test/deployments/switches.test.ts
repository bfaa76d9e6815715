// No prediction fails while versions are switched, in one worker under load and in two at once: 150 times here, 1,000 times by
// SWITCHES=1000, which takes some minutes.
import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createOwnDatabase } from '../support/database.ts'
import { askFor, deploy, deployableProject, features } from '../support/deployed.ts'
import { dataFolder } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { startTestProcess, type TestProcess } from '../support/worker-process.ts'

// A switch takes some ten milliseconds, and many times as long on a machine that has much else to do.
t.setTimeout(1_200_000)
const database = await createOwnDatabase(t)
for (const model of ['forest', 'majority']) await database.registerModel(model)
const start = async () =>
  startTestProcess(t, { DATABASE_URL: database.url, DATA_DIR: await dataFolder(t), REVIEW_SELF: 'allow' })
const [one, two] = [await start(), await start()]

const SWITCHES = Number(process.env['SWITCHES'] ?? 150)
const CLIENTS = 4
/** Between two predictions of a client: the worker has turns for the switches. */
const PAUSE_MS = 2

/** Clients with connections that stay open, each sending one prediction after the other. */
class Load {
  /** Predictions that were answered by a deployment that they may have been answered by. */
  good = 0
  readonly bad: string[] = []
  /** The place in the order of the last deployment that answered: what is sent from then on is answered by no earlier one. */
  seen = 0
  private readonly worker: TestProcess
  private readonly path: string
  private readonly order: readonly number[]
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  private isOver = false
  private readonly clients: Promise<void>[]

  /** order: the ids of deployments, as they are asked for; it grows. */
  constructor(worker: TestProcess, project: string, order: readonly number[]) {
    this.worker = worker
    this.path = `/api/projects/${project}/predict`
    this.order = order
    this.clients = Array.from({ length: CLIENTS }, () => this.run())
  }

  async end(): Promise<void> {
    this.isOver = true
    await Promise.all(this.clients)
    this.agent.destroy()
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      const from = this.seen
      const answer = await this.predict().catch((error: Error) => `no answer: ${error.message}`)
      this.take(answer, from)
      await pause(PAUSE_MS)
    }
  }

  private take(answer: string, from: number): void {
    const { deployment, predictions } = objectIn(answer)
    // One that is active before its request was answered has no place yet.
    const place = deployment === undefined ? -1 : this.order.indexOf(deployment.id)
    const isLast = place < 0 && deployment !== undefined && deployment.id > (this.order.at(-1) as number)
    const found = isLast ? this.order.length : place
    if (predictions?.length !== features.length || found < from) this.bad.push(`after ${from}: ${answer}`)
    else this.good += 1
    if (found > this.seen) this.seen = found
  }

  private predict(): Promise<string> {
    const body = JSON.stringify({ features })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    return new Promise((resolve, reject) => {
      const sent = request(this.worker.url + this.path, { method: 'POST', agent: this.agent, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part) => {
          text += part
        })
        answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))))
        answer.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

function objectIn(text: string): { deployment?: { id: number; version: number }; predictions?: unknown[] } {
  return text.startsWith('{') ? JSON.parse(text) : {}
}

/** Switches between two versions so many times, each as soon as all workers answer with the one before. */
async function switchUnderLoad(t: Test, project: string, workers: readonly TestProcess[], switches: number) {
  const { versions } = await deployableProject(one, project, ['forest', 'majority'])
  const order = [await deploy(one, project, 1)]
  const loads = workers.map((worker) => new Load(worker, project, order))
  for (let i = 1; i <= switches; i++) {
    const worker = workers[i % workers.length] as TestProcess
    order.push(await askFor(worker, project, versions[i % 2]?.version as number))
    await until(() => loads.every(({ seen, bad }) => seen >= i || bad.length > 0))
  }
  await Promise.all(loads.map((load) => load.end()))
  for (const { good, bad } of loads) {
    t.same(bad.slice(0, 3), [], `${bad.length} of ${good + bad.length} predictions`)
    t.ok(good >= switches, `${good} predictions`)
    t.comment(`${good} predictions during ${switches} switches`)
  }
  const { rows } = await database.owner.query<{ status: string; count: number }>(
    `select status, count(*)::integer as count from ml_worker.deployments d join ml_worker.projects using (project_id)
     where project_name = $1 group by status order by status`,
    [project],
  )
  t.same(rows, [
    { status: 'active', count: 1 },
    { status: 'replaced', count: switches },
  ])
}

t.test(
  `${SWITCHES} switches in one worker fail no prediction, and no answer goes back to an earlier version`,
  async (t) => {
    await switchUnderLoad(t, 'often', [one], SWITCHES)
  },
)

t.test('nor do switches that two workers make in turns', async (t) => {
  await switchUnderLoad(t, 'twice', [one, two], 20)
})
