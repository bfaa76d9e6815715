// The part of the Spring Boot application: owns the database, registers models and runs, and calls the worker.
import pg from 'pg'
import { createTables } from '../../src/database/schema.ts'

/** How long a training of the demonstration may take at the most. */
const RUN_TIMEOUT_MS = 120_000

export class SpringBoot {
  private readonly pool: pg.Pool
  private readonly worker: string
  private readonly ended: AbortSignal | undefined

  /** ended: aborted when the worker ends, so that nobody waits for it. */
  constructor(databaseUrl: string, workerUrl: string, ended?: AbortSignal) {
    this.ended = ended
    this.pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
    this.worker = workerUrl
  }

  /** The tables that Spring Boot owns. */
  static async createTables(databaseUrl: string): Promise<void> {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
    await createTables(pool)
    await pool.end()
  }

  async registerModel(model: { name: string; type: string }): Promise<void> {
    await this.pool.query(
      `insert into models (name, type, class_name, features_ok, pipeline_ok) values ($1, $2, $1, true, false)
       on conflict (name) do nothing`,
      [model.name, model.type],
    )
  }

  /** Makes a run, has it trained, and gives its id when it is SUCCESS. Throws with the reason when it failed. */
  async train(model: string, body: unknown): Promise<number> {
    const { rows } = await this.pool.query<{ id: number }>(
      `insert into model_runs (model_id, run_date, run_status) select id, now(), 'PENDING' from models where name = $1 returning id`,
      [model],
    )
    const runId = (rows[0] as { id: number }).id
    await this.call('POST', `/api/train?model_name=${model}&model_run_id=${runId}`, body)
    const deadline = Date.now() + RUN_TIMEOUT_MS
    for (;;) {
      const { rows: runs } = await this.pool.query('select run_status as status from model_runs where id = $1', [runId])
      if (runs[0].status === 'SUCCESS') return runId
      if (runs[0].status === 'FAILED')
        throw new Error(`run ${runId}: ${(await this.metrics(runId)).get('error_message')}`)
      this.ended?.throwIfAborted()
      if (Date.now() > deadline) throw new Error(`run ${runId} is still ${runs[0].status}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async metrics(runId: number): Promise<Map<string, string>> {
    const { rows } = await this.pool.query(
      'select metric_name as name, metric_value as value from model_run_metrics where model_run_id = $1',
      [runId],
    )
    return new Map(rows.map((row) => [row.name, row.value]))
  }

  async call(method: 'GET' | 'POST', path: string, body?: unknown) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(this.worker + path, {
      method,
      ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
    })
    // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes
    const answer = (await response.json()) as any
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.status} ${answer.code}: ${answer.detail}`)
    return answer
  }

  async close(): Promise<void> {
    await this.pool.end()
  }
}
