// A steady flow of deployments, rollbacks and predictions of one project with two versions, and a receiver of what is told of it.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../src/learning/random.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import { Flow } from './flow.ts'

export interface DeploymentFlowParts {
  readonly worker: WorkerProcess
  readonly model: string
  readonly random: Random
  readonly count: (what: string) => void
}

export const PROJECT = 'chaos-live'
const OF_PROJECT = `/api/projects/${PROJECT}`
const PLACE = `${OF_PROJECT}/environments/production`
const VERSIONS = [1, 2]
/** As those of the other flows: what each run predicts is looked at in one way. */
const ROWS = Array.from(
  { length: 40 },
  (_, i) => `${i},${(i * 7) % 5},${i % 3},${i % 2 === 0 ? 'above' : 'below'}\n`,
).join('')
const FEATURES = [{ a: 1, b: 2, c: 0 }]
const PREPARED_MS = 60_000

export class DeploymentFlow extends Flow {
  /** Versions of the deployments that were answered with 202, by id. */
  readonly asked = new Map<number, number>()
  /** Of each deployment what the receiver was told, and the runs whose end it was told. */
  readonly toldOf = new Map<number, Set<string>>()
  readonly toldRuns = new Set<number>()
  /** Answers that must not be. */
  readonly broken: string[] = []
  private readonly parts: DeploymentFlowParts
  private readonly receiver: Server

  constructor(parts: DeploymentFlowParts) {
    super()
    this.parts = parts
    this.receiver = createServer(async (request, response) => {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece)
      this.receive(JSON.parse(Buffer.concat(pieces).toString()))
      response.writeHead(204).end()
    })
  }

  /** Two approved versions, the first of which is active, and a webhook for all that happens. To be called before the kills. */
  async prepare(): Promise<void> {
    this.receiver.listen(0, '127.0.0.1')
    await once(this.receiver, 'listening')
    const { port } = this.receiver.address() as AddressInfo
    await this.must('/api/webhooks', { url: `http://127.0.0.1:${port}/`, events: ['run.ended', 'deployment.changed'] })
    await this.must(`/api/datasets?name=${PROJECT}&labels=y`, `a,b,c,y\n${ROWS}`)
    await this.must('/api/projects', { name: PROJECT, model_name: this.parts.model, dataset_name: PROJECT })
    for (const version of VERSIONS) {
      await this.must(`${OF_PROJECT}/versions`, {})
      await this.until(`${OF_PROJECT}/versions/${version}`, () => true)
      await this.must(`${OF_PROJECT}/versions/${version}/reviews`, { decision: 'approved' })
    }
    await this.must(`${PLACE}/deployments`, { version: 1 })
    await this.until(`${PLACE}/current`, () => true)
  }

  close(): void {
    this.receiver.closeAllConnections()
    this.receiver.close()
  }

  /** Undefined while the worker does not answer 200. */
  async get(path: string): Promise<Record<string, unknown> | undefined> {
    const answer = await fetch(`${this.parts.worker.url}${path}`)
    const body = (await answer.json()) as Record<string, unknown>
    return answer.status === 200 ? body : undefined
  }

  /** The version that predicts now. */
  async predicted(): Promise<{ status: number; code?: string; version?: number }> {
    const { status, body } = await this.post(`${OF_PROJECT}/predict`, { features: FEATURES })
    const { deployment, code } = body as { deployment?: { version: number }; code?: string }
    return { status, ...(code === undefined ? {} : { code }), ...(deployment && { version: deployment.version }) }
  }

  protected override async next(): Promise<void> {
    const { random, count } = this.parts
    await pause(50 + random.integer(200))
    const what = random.integer(4)
    const call = what === 0 ? this.change('rollback', {}) : what === 1 ? this.deploy() : this.predict()
    await call.catch(() => count('deployments, rollbacks and predictions by project not answered'))
  }

  private deploy(): Promise<void> {
    return this.change('deployments', { version: VERSIONS[this.parts.random.integer(VERSIONS.length)] as number })
  }

  private async change(route: 'deployments' | 'rollback', sent: object): Promise<void> {
    const { status, body } = await this.post(`${PLACE}/${route}`, sent)
    const { id, version, code = '' } = body as { id: number; version: number; code?: string }
    this.parts.count(`${route} answered ${status} ${code}`.trim())
    if (status === 202) this.asked.set(id, version)
    else if (status !== 503 && code !== 'ROLLBACK_IMPOSSIBLE') this.broken.push(`${route} answered ${status} ${code}`)
  }

  /** The first version became active before the kills: from then on there is always one. */
  private async predict(): Promise<void> {
    const { status, code = '', version } = await this.predicted()
    this.parts.count(`predictions by project answered ${status} ${code}`.trim())
    if (status !== 200 && status !== 503) this.broken.push(`a prediction by project answered ${status} ${code}`)
    if (status === 200 && !VERSIONS.includes(version as number)) this.broken.push(`version ${version} predicted`)
  }

  private receive({ type, data }: { type: string; data: Record<string, unknown> }): void {
    this.parts.count(`messages of ${type}`)
    if (type === 'run.ended') this.toldRuns.add(data['model_run_id'] as number)
    if (type !== 'deployment.changed') return
    const id = data['deployment'] as number
    const told = this.toldOf.get(id) ?? new Set()
    this.toldOf.set(id, told.add(data['status'] as string))
  }

  private async post(path: string, sent: object | string): Promise<{ status: number; body: unknown }> {
    const isText = typeof sent === 'string'
    const answer = await fetch(`${this.parts.worker.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': isText ? 'text/csv' : 'application/json' },
      body: isText ? sent : JSON.stringify(sent),
    })
    return { status: answer.status, body: await answer.json() }
  }

  private async must(path: string, sent: object | string): Promise<void> {
    const { status, body } = await this.post(path, sent)
    if (status >= 300) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`)
  }

  private async until(path: string, holds: (body: Record<string, unknown>) => boolean): Promise<void> {
    const deadline = performance.now() + PREPARED_MS
    for (;;) {
      const body = await this.get(path)
      if (body !== undefined && holds(body)) return
      if (performance.now() > deadline) throw new Error(`${path} does not come`)
      await pause(50)
    }
  }
}
