// Whole experiments over HTTP: requests of many keys, what was true of them, and the looks of a worker.

import type { TestDatabase } from './database.ts'
import { ExperimentTraffic } from './experiment-traffic.ts'
import type { TestClient } from './service.ts'
import { until } from './until.ts'

/** Rows that the versions of deployableProject were trained with, and what is true of each. */
const ROWS = Array.from({ length: 60 }, (_, i) => ({ a: i, b: (i * 7) % 5, kind: i % 11 < 6 ? 'low' : 'high' }))
/** Requests at a time. */
const AT_ONCE = 10

export interface Told {
  readonly prediction_id: string
  readonly outcome: string
}

export interface ToldByKey {
  readonly key: string
  readonly outcome: string
}

export class ExperimentStory {
  readonly traffic: ExperimentTraffic
  private readonly database: Pick<TestDatabase, 'owner'>
  private readonly client: TestClient
  private readonly project: string

  constructor(database: Pick<TestDatabase, 'owner'>, client: TestClient, project: string, experiment: number) {
    this.database = database
    this.client = client
    this.project = project
    this.traffic = new ExperimentTraffic(database, project, experiment)
  }

  /**
   * A row for each key, answered; gives what is true of each. query: more of the requests, beginning with &. keyColumn: a column
   * that has the key in the row, too.
   */
  async ask(keys: readonly string[], query = '', keyColumn?: string): Promise<Told[]> {
    const told: Told[] = []
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      const asked = keys.slice(from, from + AT_ONCE).map(async (key, i) => {
        const { kind, ...features } = ROWS[(from + i) % ROWS.length] as (typeof ROWS)[number]
        const row = keyColumn === undefined ? features : { ...features, [keyColumn]: key }
        const { status, body } = await this.traffic.predict(this.client, key, { body: { features: [row] }, query })
        if (status !== 200) throw new Error(JSON.stringify(body))
        return { prediction_id: body.prediction_ids[0] as string, outcome: kind }
      })
      told.push(...(await Promise.all(asked)))
    }
    return told
  }

  /** Tells what was true, once the rows are written: by ids, or by keys. */
  async tell(told: readonly (Told | ToldByKey)[]): Promise<void> {
    await until(async () => (await this.count('experiment_rows')) >= told.length)
    const { status, body } = await this.client.post(`/api/projects/${this.project}/outcomes`, told)
    if (status !== 200) throw new Error(JSON.stringify(body))
  }

  async count(table: 'experiment_rows' | 'experiment_units'): Promise<number> {
    const { rows } = await this.database.owner.query(
      `select count(*)::int as n from ml_worker.${table} where experiment_id = $1`,
      [this.traffic.experiment],
    )
    return rows[0].n
  }

  /** As if the last outcomes were counted long ago: the next look, within seconds, counts them anew. */
  async comeDue(): Promise<void> {
    await this.database.owner.query(
      `update ml_worker.experiment_looks set counts = jsonb_set(counts::jsonb, '{talliedAt}', '"2020-01-01T00:00:00Z"')::json
       where experiment_id = $1`,
      [this.traffic.experiment],
    )
  }

  /** The results once it is concluded. */
  async concluded() {
    const path = `/api/projects/${this.project}/experiments/${this.traffic.experiment}/results`
    let last: Awaited<ReturnType<TestClient['get']>>['body']
    await until(async () => {
      await this.comeDue()
      last = (await this.client.get(path)).body
      return last.experiment?.state === 'concluded'
    })
    return last
  }
}
