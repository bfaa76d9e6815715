// npm run bench:outcomes — outcomes by the caller's key, over a log of 30 days in an embedded PostgreSQL: the predictions of
// so many keys are found, with and without an old digest beside each, and a whole request is taken.
//
//   --rows 3000000     logged predictions, of one project, each with a key of its own
//   --outcomes 100000  of one request
//   --repeats 3
import { parseArgs } from 'node:util'
import pg from 'pg'
import pino from 'pino'
import type { Caller } from '../../src/caller.ts'
import { NO_KEYS } from '../../src/encryption/key-ring.ts'
import { keyDigestOf } from '../../src/monitoring/log/key-digests.ts'
import { Outcomes, type OutcomesParts } from '../../src/monitoring/outcomes/outcomes.ts'
import { findPredictionsOfKeys } from '../../src/monitoring/outcomes/predictions-of-keys.ts'
import { openOwnDatabase } from '../own-database.ts'

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '3000000' },
    outcomes: { type: 'string', default: '100000' },
    repeats: { type: 'string', default: '3' },
  },
})
const [ROWS, OUTCOMES, REPEATS] = [options.rows, options.outcomes, options.repeats].map(Number) as [
  number,
  number,
  number,
]
const DAYS = 30
const DAY_MS = 86_400_000
const log = pino({ level: 'warn' })
const first = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAYS * DAY_MS
const perDay = Math.floor(ROWS / DAYS)
const now = first + DAYS * DAY_MS

await using database = await openOwnDatabase('bench-outcomes', log)
const { pool } = database
await fill()
const step = Math.max(1, Math.floor((perDay * DAYS) / OUTCOMES))
const keysOf = (prefix: string) => Array.from({ length: OUTCOMES }, (_, i) => `${prefix}${i * step}`)
const asked = (prefix: string, others: readonly string[] = []) =>
  keysOf(prefix).map((key) => ({ keyDigests: [...others, keyDigestOf(NO_KEYS, 'order', key)], time: now }))
const find = (given: ReturnType<typeof asked>) => async () => {
  const found = await findPredictionsOfKeys(pool, 1, given, { from: first, to: now })
  return found.filter((one) => one !== undefined).length
}
await measure('all are there', find(asked('o-')))
await measure('all are there, of two digests', find(asked('o-', ['00'.repeat(16)])))
await measure('none is there', find(asked('p-')))
// All that taking outcomes asks of others.
const outcomes = new Outcomes({
  ownSchema: { pool },
  audit: { append: async () => {} },
  projects: { findActive: async () => ({ projectId: 1, name: 'judged' }) },
  logOf: async () => ({ rate: 1, keptDays: 60, keyColumn: 'order' }),
  answers: { of: async () => ({ kind: 'classes', classes: ['a', 'b'], isLargest: true }) },
  keys: NO_KEYS,
  onMarked() {},
  now: Date.now,
} as unknown as OutcomesParts)
const given = keysOf('o-').map((key, row) => ({ row, key, outcome: '"a"', number: undefined, occurredAt: now }))
const request = { given, idempotencyKey: undefined, digest: '' }
const take = async () => (await outcomes.take('judged', request, {} as Caller)).counts.added
await measure('a request of outcomes is taken', take, 1)
await measure('the same once more', take, 1)

/** Day by day, on a connection that waits longer than those of the pool. Digests are those of keyDigestOf. */
async function fill(): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`
    insert into ml_worker.projects (project_name, revision, tags, model_name, parameters, label_columns, feature_columns,
      training_options, next_version, review_policy, created_at, created_by, changed_at, changed_by)
    values ('judged', 1, '{}', 'm', '{}', '{}', '{}', '{}', 2, '{}', now(), 'bench', now(), 'bench')`)
  await client.query('select ml_worker.add_prediction_days($1::date, $2)', [
    new Date(first).toISOString().slice(0, 10),
    DAYS + 1,
  ])
  const startedAt = performance.now()
  for (let day = 0; day < DAYS; day++) {
    await client.query(
      `insert into ml_worker.predictions (project_id, predicted_at, prediction_id, deployment_id, version, milliseconds,
         weight, answer, confidence, environment, key, key_digest)
       select 1, to_timestamp(ms / 1000.0),
         (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(i % 4096), 3, '0') || '80000000' || lpad(to_hex(i), 8, '0'))::uuid,
         1, 1, 1.5, 1, i % 2, 0.9, 'production', key,
         substr(sha256('order'::bytea || '\\x00'::bytea || key::bytea), 1, 16)
       from generate_series(0, $2::integer - 1) i,
         lateral (select ($1::float8 + i * (86400000.0 / $2))::bigint as ms, 'o-' || ($3::integer + i) as key) t`,
      [first + day * DAY_MS, perDay, day * perDay],
    )
  }
  const { rows } = await client.query(`
    select sum(pg_relation_size(inhrelid))::float8 as bytes from pg_inherits where inhparent = 'ml_worker.predictions_key'::regclass`)
  console.log(`${perDay * DAYS} rows filled in within ${Math.round((performance.now() - startedAt) / 1000)} s`)
  console.log(`the index of keys has ${(rows[0].bytes / (perDay * DAYS)).toFixed(1)} bytes a row`)
  await client.query('analyze ml_worker.predictions')
  await client.end()
}

async function measure(what: string, work: () => Promise<number>, repeats = REPEATS): Promise<void> {
  const times: number[] = []
  let result = 0
  for (let i = 0; i < repeats; i++) {
    const startedAt = performance.now()
    result = await work()
    times.push(performance.now() - startedAt)
  }
  const median = times.toSorted((a, b) => a - b)[times.length >> 1] as number
  console.log(`${OUTCOMES} keys, ${what}: ${Math.round(median)} ms (${result})`)
}
