// The load of the soak: trainings, predictions, cancellings, looks at the health, and bodies that are wrong.
import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../../src/learning/random.ts'
import type { Answer, clientOf } from '../support/service.ts'

const MODELS = [
  'random_forest_classifier',
  'gradient_boosting_classifier',
  'logistic_regression',
  'gaussian_naive_bayes',
  'k_nearest_neighbors_classifier',
  'decision_tree_classifier',
]
const BAD_BODIES = [
  '',
  '{',
  '[]',
  '{"features":[{"a":NaN}]}',
  `{"features":[${'['.repeat(10_000)}`,
  `"${'x'.repeat(1e6)}"`,
]
/** Runs that are predicted with: more than the cache holds. */
const RUNS_MAX = 60

export class MixedLoad {
  readonly counts = new Map<string, number>()
  /** Answers that must not be. */
  readonly wrong: string[] = []
  private readonly client: ReturnType<typeof clientOf>
  private readonly random: Random
  private runs: number[] = []

  constructor(client: ReturnType<typeof clientOf>, random: Random) {
    this.client = client
    this.random = random
  }

  /** One call after the other. */
  async runFor(durationMs: number): Promise<void> {
    const end = performance.now() + durationMs
    while (performance.now() < end) {
      await this.act()
      await pause(this.random.integer(20))
    }
  }

  /** Resolves when no training waits or runs. */
  async idle(): Promise<void> {
    for (;;) {
      const { body } = await this.client.get('/api/health')
      if (body.checks.trainer.detail === '0 trainings waiting or running') return
      await pause(50)
    }
  }

  private async act(): Promise<void> {
    const kind = this.random.integer(20)
    if (kind === 0) return this.train(false)
    if (kind === 1) return this.train(true)
    if (kind < 4) return this.count('health', await this.client.get('/api/health'), [200])
    if (kind < 7) return this.sendNonsense()
    return this.predict()
  }

  private async train(isCancelled: boolean): Promise<void> {
    const features = this.rows(200 + this.random.integer(2000))
    const labels = features.map(({ a, b }) => ({ y: a * b > 0 ? 'yes' : 'no' }))
    const model_name = MODELS[this.random.integer(MODELS.length)]
    const answer = await this.client.post('/api/runs', { model_name, features, labels })
    this.count('train', answer, [201])
    const run = answer.body.model_run_id as number
    if (isCancelled) return this.count('cancel', await this.client.post(`/api/runs/${run}/cancel`, ''), [200, 409])
    this.runs = [...this.runs, run].slice(-RUNS_MAX)
    // The service is steady, not flooded.
    await this.idle()
  }

  private async predict(): Promise<void> {
    const run = this.runs[this.random.integer(Math.max(this.runs.length, 1))]
    if (run === undefined) return
    const body = { features: this.rows(1 + this.random.integer(300)) }
    this.count('predict', await this.client.predict(run, body, '&probabilities=true'), [200])
  }

  private async sendNonsense(): Promise<void> {
    const body = BAD_BODIES[this.random.integer(BAD_BODIES.length)] as string
    const path = this.random.integer(2) === 0 ? '/api/runs' : `/api/predict?model_run_id=${this.random.integer(50)}`
    // A body of many rows is held to its run first, which may be unknown or FAILED.
    this.count('nonsense', await this.client.post(path, body), [400, 404, 409])
  }

  private count(what: string, { status, body }: Answer, expected: readonly number[]): void {
    const text = `${what} answered ${status}`
    this.counts.set(text, (this.counts.get(text) ?? 0) + 1)
    if (!expected.includes(status)) this.wrong.push(`${text}: ${JSON.stringify(body).slice(0, 200)}`)
  }

  private rows(count: number): { a: number; b: number; c: string }[] {
    const { random } = this
    return Array.from({ length: count }, () => ({
      a: random.normal(),
      b: random.normal(),
      c: `level ${random.integer(6)}`,
    }))
  }
}
