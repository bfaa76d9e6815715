// Levels that the training never saw, over a real database: one write a flush, nothing of projects without a log, and the newest first.
import pino from 'pino'
import t, { type Test } from 'tap'
import { inTransaction } from '../../src/database/pool.ts'
import { NO_KEYS } from '../../src/encryption/key-ring.ts'
import { FoundLevels } from '../../src/monitoring/unseen/found-levels.ts'
import { keptUnseen } from '../../src/monitoring/unseen/retention.ts'
import { unseenBatchOf } from '../../src/monitoring/unseen/stored-levels.ts'
import { UnseenLevels } from '../../src/monitoring/unseen/unseen-levels.ts'
import { insertUnseen, listUnseen, type UnseenCursor } from '../../src/monitoring/unseen/unseen-levels-table.ts'
import { createOwnDatabase } from '../support/database.ts'
import { DEPLOYMENT } from '../support/predicted.ts'

const log = pino({ level: 'silent' })
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const EVER = { from: new Date(0), to: new Date('2100-01-01') }
const VIOLET = [{ column: 'colour', levels: [['violet', 2] as const] }]

/** Deployments 1 and 3 in production and 2 in staging, of a version of project 1, and 4 of project 2. */
async function setUp(t: Test) {
  const { owner } = await createOwnDatabase(t)
  await owner.query('alter table ml_worker.versions drop constraint versions_dataset_id_fkey')
  await owner.query(`
    insert into ml_worker.projects (project_name, revision, tags, model_name, parameters, label_columns, feature_columns,
      training_options, next_version, review_policy, created_at, created_by, changed_at, changed_by)
    select name, 1, '{}', 'majority', '{}', '{}', '{}', '{}', 2, '{}', now(), 'test', now(), 'test'
    from unnest(array['first', 'second']) as name`)
  await owner.query(`
    insert into ml_worker.versions (project_id, version, run_id, request, dataset_id, dataset_sha256, metrics,
      artifact_sha256, artifact_bytes, created_at, created_by)
    select project_id, 1, project_id, '{}', 1, '', '{}', '', 1, now(), 'test' from ml_worker.projects`)
  await owner.query(`
    insert into ml_worker.deployments (project_id, environment, version, run_id, model_name, target, settings, instances,
      origin, deactivate_others, status, requested_at, requested_by, request_digest, step, failures, try_after, attempt)
    select project_id, environment, 1, project_id, 'majority', 'local', '{}', 1, 'deploy', false, 'replaced', now(), 'test', '',
      'done', 0, now(), 1
    from json_to_recordset('[{"project_id": 1, "environment": "production"}, {"project_id": 1, "environment": "staging"},
      {"project_id": 1, "environment": "production"}, {"project_id": 2, "environment": "production"}]')
      as given (project_id bigint, environment text)`)
  const insert = (deploymentId: number, startsAt: number, version = 1) => {
    const hour = { deploymentId, version, startsAt, columns: VIOLET }
    return inTransaction(owner, (tx) => insertUnseen(tx, unseenBatchOf([hour], NO_KEYS)))
  }
  const stored = async (): Promise<number> => {
    const { rows } = await owner.query<{ count: number }>(
      'select count(*)::integer as count from ml_worker.unseen_levels',
    )
    return rows[0]?.count ?? 0
  }
  return { owner, insert, stored }
}

t.test('a flush ends though levels come with each write', async (t) => {
  const { owner, stored } = await setUp(t)
  let writes = 0
  const levels: UnseenLevels = new UnseenLevels({
    keepsRows: () => true,
    batchOf: (hours) => unseenBatchOf(hours, NO_KEYS),
    async write(batch) {
      await inTransaction(owner, (tx) => insertUnseen(tx, batch))
      writes += 1
      if (writes < 50) levels.hear(DEPLOYMENT, VIOLET)
    },
    onDropped: (reason) => t.fail(reason),
    log,
  })
  levels.hear(DEPLOYMENT, VIOLET)
  await levels.flush()
  t.same([writes, await stored()], [1, 1])
  t.same(levels.waitingOf(DEPLOYMENT, EVER), VIOLET)
})

t.test('a flush that is asked for while another is under way writes what has come since', async (t) => {
  const { owner, stored } = await setUp(t)
  let flushed: Promise<void> | undefined
  const levels: UnseenLevels = new UnseenLevels({
    keepsRows: () => true,
    batchOf: (hours) => unseenBatchOf(hours, NO_KEYS),
    async write(batch) {
      await inTransaction(owner, (tx) => insertUnseen(tx, batch))
      if (flushed === undefined) {
        levels.hear(DEPLOYMENT, VIOLET)
        flushed = levels.flush()
      }
    },
    onDropped: (reason) => t.fail(reason),
    log,
  })
  levels.hear(DEPLOYMENT, VIOLET)
  await levels.flush()
  await flushed
  t.equal(await stored(), 2)
  t.same(levels.waitingOf(DEPLOYMENT, EVER), [])
})

t.test('of a project that keeps no rows nothing is counted, and what was counted is not written', async (t) => {
  const { owner, stored } = await setUp(t)
  const kept = new Set([1, 2])
  const levels = new UnseenLevels({
    keepsRows: (projectId) => kept.has(projectId),
    batchOf: (hours) => unseenBatchOf(hours, NO_KEYS),
    write: (batch) => inTransaction(owner, (tx) => insertUnseen(tx, batch)),
    onDropped: (reason) => t.fail(reason),
    log,
  })
  const other = { ...DEPLOYMENT, projectId: 2, deploymentId: 4 }
  levels.hear(DEPLOYMENT, VIOLET)
  kept.delete(1)
  await levels.flush()
  t.equal(await stored(), 0)
  levels.hear(DEPLOYMENT, VIOLET)
  levels.hear(other, VIOLET)
  t.same([levels.waitingOf(DEPLOYMENT, EVER), levels.waitingOf(other, EVER)], [[], VIOLET])
  kept.add(1)
  await levels.flush()
  const { rows } = await owner.query('select deployment_id::integer as id from ml_worker.unseen_levels')
  t.same(rows, [{ id: 4 }])
})

t.test('rows of a window come page by page, the newest first, each once', async (t) => {
  const { owner, insert } = await setUp(t)
  const last = Date.UTC(2026, 5, 1, 12)
  for (let hour = 0; hour < 4; hour++) {
    for (const deploymentId of [1, 3, 1, 2, 4]) await insert(deploymentId, last - hour * HOUR_MS)
  }
  await insert(1, last, 2)
  const window = { from: new Date(last - 2 * HOUR_MS), to: new Date(last) }
  const hours: number[] = []
  const places = new Set<string>()
  let after: UnseenCursor | undefined
  for (;;) {
    const page = await listUnseen(owner, { projectId: 1, environment: 'production', version: 1, ...window }, 2, after)
    for (const { startsAt, batchId, deploymentId } of page) {
      hours.push((last - startsAt) / HOUR_MS)
      places.add(`${deploymentId}/${batchId}`)
    }
    after = page.at(-1)
    if (page.length < 2) break
  }
  t.same(hours, [1, 1, 1, 2, 2, 2])
  t.equal(places.size, 6)
})

t.test('of a window with more levels than are read the newest are told, and the log says so', async (t) => {
  const { owner } = await setUp(t)
  const last = Date.UTC(2026, 5, 1, 12)
  // 100 columns of 20 levels: 200 hours of them are read.
  const hours = 300
  const columns = Array.from({ length: 100 }, (_, i) => ({
    column: `c${i}`,
    levels: Array.from({ length: 20 }, (_, k) => [`level ${k}`, 1] as const),
  }))
  for (let hour = 0; hour < hours; hour++) {
    const startsAt = last - hour * HOUR_MS
    const of = { deploymentId: 1, version: 1, startsAt }
    const batch = unseenBatchOf(
      [{ ...of, columns: [...columns, { column: 'age', levels: [[`${hour}`, 1]] }] }],
      NO_KEYS,
    )
    await inTransaction(owner, (tx) => insertUnseen(tx, batch))
  }
  const logged: string[] = []
  const found = new FoundLevels({
    ownSchema: { pool: owner },
    keys: NO_KEYS,
    keepsRows: () => true,
    waitingOf: () => [],
    log: pino({}, { write: (line) => logged.push(JSON.parse(line).msg) }),
  })
  const slot = { projectId: 1, environment: 'production', version: 1 }
  const levels = await found.of(slot, EVER)
  t.same(levels.get('c7')?.[0], ['level 0', 200])
  t.same(logged, ['levels of the newest part of the window are told'])
  const part = await found.of(slot, { from: new Date(last - 9 * HOUR_MS), to: EVER.to })
  t.same(
    part
      .get('age')
      ?.map(([level]) => level)
      .sort(),
    Array.from({ length: 10 }, (_, hour) => `${hour}`),
  )
  t.equal(logged.length, 1)
})

t.test('each project keeps its rows for its own days, whatever the others say', async (t) => {
  const { owner, insert, stored } = await setUp(t)
  const { countOld, deleteOld } = keptUnseen(owner)
  const { signal } = new AbortController()
  for (const days of [3, 10, 40]) {
    for (const deploymentId of [1, 4]) await insert(deploymentId, Date.now() - days * DAY_MS)
  }
  // Those that have said nothing keep them for 30 days.
  t.equal(await countOld(signal), 2)
  await owner.query(`insert into ml_worker.monitoring_settings (project_id, revision, settings, changed_at, changed_by)
    values (1, 1, '{"retention_days": 7}', now(), 'test')`)
  t.equal(await countOld(signal), 3)
  await owner.query(`insert into ml_worker.monitoring_settings (project_id, revision, settings, changed_at, changed_by)
    values (2, 1, '{"retention_days": 90}', now(), 'test')`)
  t.same([await countOld(signal), await deleteOld(signal), await stored()], [2, 2, 4])
})
