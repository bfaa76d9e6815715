// A steady flow of requests by key, and of what was true of them, to experiments that follow one another in a project of their own.
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../src/learning/random.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import { Flow } from './flow.ts'

export interface ExperimentFlowParts {
  readonly worker: WorkerProcess
  readonly model: string
  readonly random: Random
  readonly count: (what: string) => void
}

export const PROJECT = 'chaos-trial'
const OF_PROJECT = `/api/projects/${PROJECT}`
const ROWS = Array.from(
  { length: 40 },
  (_, i) => `${i},${(i * 7) % 5},${i % 3},${i % 2 === 0 ? 'above' : 'below'}\n`,
).join('')
const KEYS = 300
/** An experiment takes a minute: the shortest that may be asked for. */
const PLAN = {
  ...{ mode: 'split+shadow', min_sample_size: 1_000_000, max_duration_days: 1 / 1440, label_window_hours: 0 },
  guardrail_metrics: [{ metric: 'errors', tolerated_ratio: 100 }],
}
const PREPARED_MS = 60_000

export class ExperimentFlow extends Flow {
  /** Experiments whose start was answered. */
  readonly started = new Set<number>()
  /** By experiment and key, the arm of the first answer. */
  readonly armOf = new Map<string, string>()
  /** Keys that were sent to an experiment, answered or not. */
  readonly sent = new Map<number, Set<string>>()
  /** Answers that must not be. */
  readonly broken: string[] = []
  private readonly parts: ExperimentFlowParts
  /** Predictions whose outcome is not told yet. */
  private waiting: string[] = []

  constructor(parts: ExperimentFlowParts) {
    super()
    this.parts = parts
  }

  /** Two approved versions, the first of which is active. To be called before the kills. */
  async prepare(): Promise<void> {
    await this.must('POST', `/api/datasets?name=${PROJECT}&labels=y`, `a,b,c,y\n${ROWS}`)
    await this.must('POST', '/api/projects', { name: PROJECT, model_name: this.parts.model, dataset_name: PROJECT })
    for (const version of [1, 2]) {
      await this.must('POST', `${OF_PROJECT}/versions`, {})
      await this.until(async () => (await this.send('GET', `${OF_PROJECT}/versions/${version}`)).status === 200)
      await this.must('POST', `${OF_PROJECT}/versions/${version}/reviews`, { decision: 'approved' })
    }
    await this.must('POST', `${OF_PROJECT}/environments/production/deployments`, { version: 1 })
    await this.until(
      async () => (await this.send('GET', `${OF_PROJECT}/environments/production/current`)).status === 200,
    )
    await this.must('PUT', `${OF_PROJECT}/monitoring`, { log: 'all' })
    await this.begin()
  }

  protected override async next(): Promise<void> {
    const { random, count } = this.parts
    await pause(20 + random.integer(100))
    const what = random.integer(20)
    const call = what === 0 ? this.begin() : what < 4 ? this.tell() : this.predict()
    await call.catch(() => count('requests of experiments not answered'))
  }

  /** There is one at a time: while another one runs it is refused. */
  private async begin(): Promise<void> {
    const { random, count } = this.parts
    const arms = ['control', 'b'].map((name, i) => ({ name, version: i + 1, share: 0.5 }))
    const drafted = await this.send('POST', `${OF_PROJECT}/experiments`, {
      ...PLAN,
      name: `trial ${random.integer(2 ** 31)}`,
      arms,
    })
    if (drafted.status !== 201) return this.expect('drafts', drafted)
    const id = drafted.body['id'] as number
    const { status, body } = await this.send('POST', `${OF_PROJECT}/experiments/${id}/start`, {})
    count(`starts of experiments answered ${status} ${body['code'] ?? ''}`.trim())
    if (status === 200) this.started.add(id)
    else if (body['code'] !== 'EXPERIMENT_CONFLICT') this.expect('starts', { status, body })
  }

  private async predict(): Promise<void> {
    const { random, count } = this.parts
    const key = `key ${random.integer(KEYS)}`
    for (const id of this.started) this.sent.set(id, (this.sent.get(id) ?? new Set()).add(key))
    const row = { a: random.integer(40), b: random.integer(5), c: random.integer(3) }
    const query = `experiment_key=${encodeURIComponent(key)}`
    const { status, body } = await this.send('POST', `${OF_PROJECT}/predict?${query}`, { features: [row] })
    count(`predictions by key answered ${status}`)
    if (status !== 200) return this.expect('predictions', { status, body })
    this.waiting.push(...((body['prediction_ids'] as string[] | undefined) ?? []))
    const { experiment } = body['deployment'] as { experiment?: { id: number; arm: string } }
    if (experiment === undefined) return
    // Of a start whose answer was lost.
    this.sent.set(experiment.id, (this.sent.get(experiment.id) ?? new Set()).add(key))
    const known = `${experiment.id} ${key}`
    const before = this.armOf.get(known)
    if (before !== undefined && before !== experiment.arm) {
      this.broken.push(`${key} of experiment ${experiment.id} moved from ${before} to ${experiment.arm}`)
    }
    this.armOf.set(known, experiment.arm)
  }

  private async tell(): Promise<void> {
    const told = this.waiting.slice(0, 100)
    if (told.length === 0) return
    const outcomes = told.map((prediction_id, i) => ({ prediction_id, outcome: i % 2 === 0 ? 'above' : 'below' }))
    const { status, body } = await this.send('POST', `${OF_PROJECT}/outcomes`, outcomes)
    this.parts.count(`outcomes of experiments answered ${status}`)
    if (status !== 200) return this.expect('outcomes', { status, body })
    this.waiting = this.waiting.slice(told.length)
  }

  private expect(what: string, { status, body }: Answer): void {
    if (status !== 503) this.broken.push(`${what} of experiments answered ${status} ${body['code']}: ${body['detail']}`)
  }

  private async send(method: string, path: string, sent?: object | string): Promise<Answer> {
    const isText = typeof sent === 'string'
    const answer = await fetch(`${this.parts.worker.url}${path}`, {
      method,
      headers: { 'content-type': isText ? 'text/csv' : 'application/json' },
      ...(sent === undefined ? {} : { body: isText ? sent : JSON.stringify(sent) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  private async must(method: string, path: string, sent: object | string): Promise<void> {
    const { status, body } = await this.send(method, path, sent)
    if (status >= 300) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`)
  }

  private async until(holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PREPARED_MS
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`waited in vain for ${holds}`)
      await pause(50)
    }
  }
}

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}
