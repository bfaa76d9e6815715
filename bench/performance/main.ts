// npm run bench:performance — summing logged predictions with their outcomes, and the figures of 30 days out of the sums, in an
// embedded PostgreSQL.
//
//   --rows 10000000    logged predictions, of one project
//   --outcomes 0.5     share of them that has an outcome
//   --repeats 9        of each answer
import { parseArgs } from 'node:util'
import pg from 'pg'
import pino from 'pino'
import type { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import type { ServicePool } from '../../src/database/pool.ts'
import type { Answers } from '../../src/monitoring/performance/answers.ts'
import { Performance, type PerformanceAsked } from '../../src/monitoring/performance/performance.ts'
import { Summing } from '../../src/monitoring/performance/summing.ts'
import { openOwnDatabase } from '../own-database.ts'

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    outcomes: { type: 'string', default: '0.5' },
    repeats: { type: 'string', default: '9' },
  },
})
const ROWS = Number(options.rows)
const SHARE = Number(options.outcomes)
const REPEATS = Number(options.repeats)
const DAYS = 30
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const log = pino({ level: 'warn' })
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
const first = today - DAYS * DAY_MS

await using database = await openOwnDatabase('bench-performance', log)
const { pool } = database
await plant(pool)
await fill()
// All that these parts ask of the schema.
const ownSchema = { pool, isUsable: async () => true } as unknown as OwnSchema
const answers = { of: async (): Promise<Answers> => ({ kind: 'classes', classes: ['a', 'b'], isLargest: true }) }
await sum(new Summing({ ownSchema, answers, keptDaysOf: async () => 3_650, now: Date.now, log }))
const figures = new Performance({ ownSchema, answers, outcomeDaysOf: async () => 0, onWaiting() {}, now: Date.now })
const days = { from: first, to: today }
await measure('30 days, by day', figures, { ...days, by: 'day' })
await measure('30 days, by hour', figures, { ...days, by: 'hour' })
await measure('30 days', figures, days)
await measure('one day, by hour', figures, { from: today - DAY_MS, to: today, by: 'hour' })
await correct(pool, new Summing({ ownSchema, answers, keptDaysOf: async () => 3_650, now: Date.now, log }))

async function plant(pool: ServicePool): Promise<void> {
  await pool.query(`
    insert into ml_worker.projects (project_name, revision, tags, model_name, parameters, label_columns, feature_columns,
      training_options, next_version, review_policy, created_at, created_by, changed_at, changed_by)
    values ('judged', 1, '{}', 'm', '{}', '{}', '{}', '{}', 2, '{}', now(), 'bench', now(), 'bench')`)
  await pool.query('select ml_worker.add_prediction_days($1::date, $2)', [
    new Date(first).toISOString().slice(0, 10),
    DAYS + 1,
  ])
}

/** Day by day, on a connection that waits longer than those of the pool. */
async function fill(): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const perDay = Math.floor(ROWS / DAYS)
  const startedAt = performance.now()
  for (let day = 0; day < DAYS; day++) {
    const start = first + day * DAY_MS
    await client.query(
      `insert into ml_worker.predictions (project_id, predicted_at, prediction_id, deployment_id, version, milliseconds,
         weight, answer, confidence, environment)
       select 1, to_timestamp(ms / 1000.0),
         (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(i % 4096), 3, '0') || '80000000' || lpad(to_hex(i), 8, '0'))::uuid,
         1, 1, 1.5, 10, i % 2, 0.5 + 0.5 * sqrt(random()), 'production'
       from generate_series(1, $2::integer) i, lateral (select ($1::float8 + i * (86400000.0 / ($2 + 1)))::bigint as ms) t`,
      [start, perDay],
    )
    await client.query(
      `insert into ml_worker.outcomes (project_id, predicted_at, prediction_id, outcome, received_at, is_matched)
       select project_id, predicted_at, prediction_id, case when (random() < confidence) = (answer = 0) then '"a"' else '"b"' end,
         now(), true
       from ml_worker.predictions
       where predicted_at >= to_timestamp($1 / 1000.0) and predicted_at < to_timestamp($2 / 1000.0) and random() < $3`,
      [start, start + DAY_MS, SHARE],
    )
  }
  tell('rows', perDay * DAYS, '')
  tell('filled in', (performance.now() - startedAt) / 1000, 's')
  await client.query('analyze ml_worker.predictions')
  await client.query('analyze ml_worker.outcomes')
  // Each day's insertion marked its own hours; they are due at once here.
  await client.query('update ml_worker.performance_marks set due_at = now()')
  await client.end()
}

async function sum(summing: Summing): Promise<void> {
  const startedAt = performance.now()
  await summing.look()
  const seconds = (performance.now() - startedAt) / 1000
  tell('all hours summed in', seconds, 's')
  tell('rows summed a second', ROWS / seconds, '')
}

/** One outcome of the middle is corrected: its hour and its day are summed anew. */
async function correct(pool: ServicePool, summing: Summing): Promise<void> {
  const hour = new Date(first + 15 * DAY_MS + 12 * HOUR_MS)
  await pool.query(
    `insert into ml_worker.performance_marks (project_id, hour, reason, due_at) values (1, $1, 'outcome', now())`,
    [hour],
  )
  const startedAt = performance.now()
  await summing.look()
  tell('one hour summed anew in', performance.now() - startedAt, 'ms')
}

async function measure(what: string, figures: Performance, asked: PerformanceAsked): Promise<void> {
  const times: number[] = []
  for (let i = 0; i < REPEATS; i++) {
    const startedAt = performance.now()
    const { judged } = await figures.of({ projectId: 1 }, asked)
    times.push(performance.now() - startedAt)
    if (i === 0 && !(judged.rows > 0)) throw new Error('nothing was summed')
  }
  const ordered = times.toSorted((a, b) => a - b)
  tell(`${what}, median`, ordered[REPEATS >> 1] as number, 'ms')
  tell(`${what}, slowest`, ordered.at(-1) as number, 'ms')
}

function tell(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(34)} ${value >= 100 ? Math.round(value) : value.toFixed(2)} ${unit}`)
}
