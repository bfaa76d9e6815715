// A steady flow of small trainings, as a Spring Boot sends them that minds no failure.
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Random } from '../../src/learning/random.ts'
import type { WorkerProcess } from '../support/worker-process.ts'
import { Flow } from './flow.ts'

export interface FlowParts {
  readonly worker: WorkerProcess
  /** The pool of the tables' owner, as it is at the moment. */
  readonly owner: () => pg.Pool
  readonly models: readonly string[]
  readonly random: Random
  readonly count: (what: string) => void
}

export class TrainingFlow extends Flow {
  /** Runs that were answered with 200. */
  readonly accepted = new Set<number>()
  /** Answers that must not be. */
  readonly broken: string[] = []
  private readonly parts: FlowParts

  constructor(parts: FlowParts) {
    super()
    this.parts = parts
  }

  protected override async next(): Promise<void> {
    const { random, count } = this.parts
    await pause(50 + random.integer(300))
    await this.submit().catch(() => count('not answered'))
  }

  private async submit(): Promise<void> {
    const { worker, owner, models, random, count } = this.parts
    const model = models[random.integer(models.length)] as string
    const { rows } = await owner().query(
      `insert into model_runs (model_id, run_date, run_status) select id, now(), 'PENDING' from models where name = $1 returning id`,
      [model],
    )
    const answer = await worker.client.train(model, rows[0].id, trainingBody(random, model))
    if (answer.status === 200) this.accepted.add(rows[0].id)
    count(`answered ${answer.status} ${answer.body.code ?? ''}`.trim())
    if (answer.status !== 200 && answer.status !== 503) this.broken.push(`train answered ${answer.status}`)
  }
}

/** What a search of each model tries. */
const SPACES: Readonly<Record<string, object>> = {
  decision_tree_classifier: { max_depth: [1, 3, 6], min_samples_leaf: { min: 1, max: 50, integer: true } },
  random_forest_classifier: { n_estimators: [3, 6, 12], max_depth: { min: 2, max: 8, integer: true } },
  k_nearest_neighbors_classifier: { n_neighbors: { min: 1, max: 30, integer: true }, weights: ['uniform', 'distance'] },
}

/** One training in four searches. */
function searchOf(random: Random, model: string) {
  if (random.integer(4) > 0) return {}
  const strategy = ['random', 'halving'][random.integer(2)]
  return {
    search: { strategy, trials: 3 + random.integer(7), folds: 3, space: SPACES[model], seed: random.integer(9) },
  }
}

function trainingBody(random: Random, model: string) {
  const rowCount = 50 + random.integer(1500)
  const rows = Array.from({ length: rowCount }, () => ({
    a: random.normal(),
    b: random.normal(),
    c: random.integer(3),
  }))
  const labels = rows.map(({ a, b }) => ({ y: a + b > 0 ? 'above' : 'below' }))
  const folded = { cross_validation: 3, calibration: 'sigmoid', threshold: { metric: 'f1' } }
  return { features: rows, labels, ...searchOf(random, model), ...(random.integer(3) === 0 ? folded : {}) }
}
