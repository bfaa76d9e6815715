// Requests of an experiment, and what the tables keep of it.
import { randomUUID } from 'node:crypto'
import { assign } from '../../src/experiments/assign.ts'
import { unitOf } from '../../src/experiments/traffic/unit.ts'
import type { TestDatabase } from './database.ts'
import { features } from './deployed.ts'
import type { TestClient } from './service.ts'
import { until } from './until.ts'

export interface KeptUnit {
  readonly unit: string
  readonly phase: number
  readonly arm: number
  readonly hasFailed: boolean
  readonly isSlow: boolean
}

export interface KeptRow {
  readonly id: string
  readonly unit: string
  readonly arm: number
  readonly answers: readonly (string | null)[]
  /** Of the log; null where it has no such row. */
  readonly version: number | null
  readonly weight: number | null
}

export class ExperimentTraffic {
  readonly experiment: number
  private readonly owner: TestDatabase['owner']
  private readonly project: string

  constructor({ owner }: Pick<TestDatabase, 'owner'>, project: string, experiment: number) {
    this.owner = owner
    this.project = project
    this.experiment = experiment
  }

  /** A request with rows, of a key where one is given. query: more of it, each beginning with &. */
  predict({ post }: Pick<TestClient, 'post'>, key?: string, more: Partial<Asked> = {}) {
    const { body = { features }, headers = {}, query = '' } = more
    const asked = key === undefined ? '' : `experiment_key=${encodeURIComponent(key)}`
    return post(`/api/projects/${this.project}/predict?${asked}${query}`, body, headers)
  }

  /** Resolves when the worker divides requests; the keys that it asks with are part of the experiment. */
  async begun(client: Pick<TestClient, 'post'>): Promise<void> {
    await until(
      async () => (await this.predict(client, `begun ${randomUUID()}`)).body.deployment?.experiment !== undefined,
    )
  }

  /** So many keys that belong to the arm, beginning with a word. */
  async keysOf(arm: number, count: number, word = 'user'): Promise<string[]> {
    const { rows } = await this.owner.query(
      'select seed, shares from ml_worker.experiment_phases where experiment_id = $1 order by phase desc limit 1',
      [this.experiment],
    )
    const keys: string[] = []
    for (let i = 0; keys.length < count; i++) if (assign(rows[0], `${word} ${i}`) === arm) keys.push(`${word} ${i}`)
    return keys
  }

  /** Of these keys, in their order; those without a unit are left out. */
  async units(keys: readonly string[]): Promise<KeptUnit[]> {
    const { rows } = await this.owner.query<KeptUnit>(
      `select encode(unit, 'hex') as unit, phase, arm, failed_at is not null as "hasFailed", slow_at is not null as "isSlow"
       from ml_worker.experiment_units where experiment_id = $1 and encode(unit, 'hex') = any ($2::text[])
       order by array_position($2::text[], encode(unit, 'hex')), phase`,
      [this.experiment, keys.map(unitOf)],
    )
    return rows
  }

  async rows(keys: readonly string[]): Promise<KeptRow[]> {
    const { rows } = await this.owner.query<KeptRow>(
      `select r.prediction_id::text as id, encode(unit, 'hex') as unit, r.arm, r.answers, p.version, p.weight
       from ml_worker.experiment_rows r left join ml_worker.predictions p using (predicted_at, prediction_id)
       where experiment_id = $1 and encode(unit, 'hex') = any ($2::text[])
       order by array_position($2::text[], encode(unit, 'hex')), r.prediction_id`,
      [this.experiment, keys.map(unitOf)],
    )
    return rows
  }

  /** The units of the keys, once there are as many and the condition holds. */
  async unitsOnce(
    keys: readonly string[],
    condition: (units: KeptUnit[]) => boolean = () => true,
  ): Promise<KeptUnit[]> {
    let found: KeptUnit[] = []
    await until(async () => {
      found = await this.units(keys)
      return found.length === keys.length && condition(found)
    })
    return found
  }

  /** Rows of the keys, once there are so many and all of them are in the log. */
  async rowsOnce(keys: readonly string[], count: number): Promise<KeptRow[]> {
    let found: KeptRow[] = []
    await until(async () => {
      found = await this.rows(keys)
      return found.length === count && found.every(({ version }) => version !== null)
    })
    return found
  }
}

interface Asked {
  readonly body: object | string
  readonly headers: Record<string, string>
  readonly query: string
}
