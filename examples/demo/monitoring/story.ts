// What happens in the demonstration, hour by hour of its own time.
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { Random } from '../../../src/learning/random.ts'
import { csvOf, type Judged, loanIn } from './loans.ts'
import type { Message } from './receiver.ts'

export const MODEL = 'random_forest_classifier'
export const PROJECT = 'loans'

const HOUR_MS = 3_600_000
/** Applications in a request, and between two requests. */
const ROWS = 50
const PAUSE_MS = 400
/** Rows of a data set. */
const TRAINING_ROWS = 4_000
/** From these hours of the story on. */
const NEW_REGION = 8
const [BROKEN, MENDED] = [12, 15]
const LABELS_COME = 17
/** How many hours later it is known whether a loan is repaid. */
const OUTCOME_HOURS = 3
/** What the whole may take, in real time. */
const STORY_MS = 240_000

export interface StoryParts {
  /** Of the worker. */
  readonly url: string
  readonly databaseUrl: string
  /** In ms since 1970: when the story began, and the time of its own that it began with. */
  readonly began: number
  readonly start: number
  /** Seconds of the story in a second. */
  readonly speed: number
}

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes
  readonly [member: string]: any
}

/** Outcomes that are not known yet. */
interface Waiting {
  readonly dueHour: number
  readonly outcomes: readonly { readonly prediction_id: string; readonly outcome: string }[]
}

export class Story {
  private readonly parts: StoryParts
  private readonly random = new Random(2026)
  private readonly waiting: Waiting[] = []
  private readonly seen = new Set<string>()
  private predicted = 0
  /** Before it the first version is made. In ms of the real time. */
  private zero = Number.NaN

  constructor(parts: StoryParts) {
    this.parts = parts
  }

  /** Resolves when a challenger has taken the place of the first version. receiver: URL of whoever is told. */
  async tell(receiver: string): Promise<void> {
    await this.deployFirst(receiver)
    const deadline = Date.now() + STORY_MS
    let hour = this.hour
    while (!(await this.isOver())) {
      if (Date.now() > deadline) throw new Error(`no challenger was deployed within ${STORY_MS / 1000} s`)
      await this.predict()
      await this.tellOutcomes()
      if (this.hour > hour) {
        hour = this.hour
        await this.passHour(hour)
      }
      await pause(PAUSE_MS)
    }
    await this.sumUp()
  }

  /** What the receiver of the webhook got. */
  heard({ type, data }: Message): void {
    const { alert, deployment, review } = data as Answer
    if (type === 'alert.firing' || type === 'alert.resolved') {
      this.say(`webhook: ${type}, ${alert.kind} of version ${alert.version}, ${alert.severity}`)
    } else if (type === 'deployment.changed') {
      this.say(`webhook: ${type}, version ${deployment?.version ?? '?'} is ${deployment?.status ?? '?'}`)
    } else this.say(`webhook: ${type} ${review?.decision ?? ''}`.trimEnd())
  }

  /** Since the first version answers. */
  private get hour(): number {
    return Math.floor(((Date.now() - this.zero) * this.parts.speed) / HOUR_MS)
  }

  private get situation() {
    const { hour } = this
    const isIncomeBroken = hour >= BROKEN && hour < MENDED
    return { hour: hour % 24, shift: hour >= NEW_REGION ? 0.7 : 0, isIncomeBroken }
  }

  private async deployFirst(receiver: string): Promise<void> {
    this.say(`a data set of ${TRAINING_ROWS} loans, and a project that learns from it`)
    const asBefore = Array.from({ length: TRAINING_ROWS }, (_, i) =>
      loanIn({ hour: i % 24, shift: 0, isIncomeBroken: false }, this.random),
    )
    await this.upload(PROJECT, asBefore)
    await this.post('/api/projects', {
      ...{ name: PROJECT, model_name: MODEL, dataset_name: PROJECT, parameters: { n_estimators: 40 } },
      validation_split: 0.2,
      review: { mode: 'automatic', metric: 'validation_accuracy', at_least: 0.6 },
    })
    await this.post(`/api/projects/${PROJECT}/versions`, {})
    const version = await this.until(() => this.find(`/api/projects/${PROJECT}/versions/1`))
    this.say(
      `version 1: validation accuracy ${version.metrics.validation_accuracy.toFixed(3)}; approved by the policy of the project`,
    )
    await this.post('/api/webhooks', { url: receiver })
    const place = `/api/projects/${PROJECT}/environments/production`
    await this.post(`${place}/deployments`, { version: 1 })
    await this.until(() => this.find(`${place}/current`))
    await this.put(`/api/projects/${PROJECT}/monitoring`, {
      ...{ log: 'all', window_hours: 1, calibration_windows: 0, outcome_days: 0 },
    })
    await this.put(`/api/projects/${PROJECT}/retraining-policy`, {
      ...{ mode: 'automatic', on: ['drift'], severity: 'high', bad_windows: 2, of_windows: 3 },
      ...{ promote: 'deploy', evaluation_dataset: `${PROJECT}-recent` },
    })
    this.zero = Date.now()
    // The database has a clock of its own, which tells the real time: the deployment is as old as the story.
    const pool = new pg.Pool({ connectionString: this.parts.databaseUrl, max: 1 })
    const { began, start, speed } = this.parts
    const since = new Date(start + (this.zero - began) * speed)
    await pool.query('update ml_worker.deployments set requested_at = $1, active_from = $1', [since])
    await pool.end()
    this.say('version 1 is deployed and watched, hour by hour; where it drifts, a challenger is trained')
  }

  private async passHour(hour: number): Promise<void> {
    if (hour === NEW_REGION) this.say('from now on most applications come from a new region: the harbour')
    if (hour === BROKEN) this.say('a form gives the income in cents')
    if (hour === MENDED) this.say('the form is mended')
    if (hour === LABELS_COME) {
      this.say('loans of the last hours that have ended come as the next data sets: one to learn from, one to judge by')
      const recent = (): Judged[] =>
        Array.from({ length: TRAINING_ROWS / 2 }, (_, i) =>
          loanIn({ hour: i % 24, shift: 0.7, isIncomeBroken: false }, this.random),
        )
      await this.upload(`${PROJECT}-recent`, recent())
      await this.upload(PROJECT, recent())
    }
    if (hour % 6 === 0) this.say(`${this.predicted} applications were predicted`)
  }

  private async predict(): Promise<void> {
    const judged = Array.from({ length: ROWS }, () => loanIn(this.situation, this.random))
    const { prediction_ids: ids } = await this.post(`/api/projects/${PROJECT}/predict`, {
      features: judged.map(({ row }) => row),
    })
    this.predicted += ROWS
    const outcomes = judged.map(({ repaid }, i) => ({ prediction_id: ids[i], outcome: repaid }))
    this.waiting.push({ dueHour: this.hour + OUTCOME_HOURS, outcomes })
  }

  /** Late, as labels are. */
  private async tellOutcomes(): Promise<void> {
    const due: Waiting['outcomes'][number][] = []
    while (this.waiting[0] !== undefined && this.waiting[0].dueHour <= this.hour) {
      due.push(...(this.waiting.shift() as Waiting).outcomes)
    }
    if (due.length > 0) await this.post(`/api/projects/${PROJECT}/outcomes`, due)
  }

  /** Says what is new of retrainings; true when a later version than the first is active. */
  private async isOver(): Promise<boolean> {
    const { retrainings } = await this.get(`/api/projects/${PROJECT}/retrainings`)
    for (const { id, cause, state, note, finding } of retrainings) {
      const line = [`retraining ${id} by ${cause} is ${state}`, finding ?? note].filter(Boolean).join(': ')
      if (this.seen.has(line)) continue
      this.seen.add(line)
      this.say(line)
    }
    const { version } = await this.get(`/api/projects/${PROJECT}/environments/production/current`)
    return version > 1
  }

  private async sumUp(): Promise<void> {
    const { alerts } = await this.get(`/api/projects/${PROJECT}/alerts?state=all`)
    for (const { kind, state, severity } of alerts) this.say(`alert: ${kind}, ${severity}, ${state}`)
    const { version } = await this.get(`/api/projects/${PROJECT}/environments/production/current`)
    this.say(`version ${version} answers now; ${this.predicted} applications were predicted, and none failed`)
  }

  private say(line: string): void {
    const hour = Number.isNaN(this.zero) ? '' : `${this.hour} h`
    process.stdout.write(`${hour.padStart(4)}  ${line}\n`)
  }

  private async upload(name: string, judged: readonly Judged[]): Promise<void> {
    const labels = encodeURIComponent(JSON.stringify(['repaid']))
    await this.call('POST', `/api/datasets?name=${name}&labels=${labels}`, csvOf(judged), 'text/csv')
  }

  private get(path: string): Promise<Answer> {
    return this.call('GET', path)
  }

  private post(path: string, body: unknown): Promise<Answer> {
    return this.call('POST', path, JSON.stringify(body))
  }

  private put(path: string, body: unknown): Promise<Answer> {
    return this.call('PUT', path, JSON.stringify(body))
  }

  /** Undefined of what is not there yet. */
  private async find(path: string): Promise<Answer | undefined> {
    const response = await fetch(this.parts.url + path)
    const answer = (await response.json()) as Answer
    return response.ok ? answer : undefined
  }

  private async until(find: () => Promise<Answer | undefined>): Promise<Answer> {
    const deadline = Date.now() + STORY_MS
    for (;;) {
      const found = await find()
      if (found !== undefined) return found
      if (Date.now() > deadline) throw new Error('the worker does not come to an end with what it was asked for')
      await pause(100)
    }
  }

  private async call(method: string, path: string, body?: string, type = 'application/json'): Promise<Answer> {
    const content = body === undefined ? {} : { headers: { 'content-type': type }, body }
    const response = await fetch(this.parts.url + path, { method, ...content })
    const answer = (await response.json()) as Answer
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.status} ${answer.code}: ${answer.detail}`)
    return answer
  }
}
