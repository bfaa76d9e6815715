// Lists of a project with very many versions: a page reads as many rows as it has, whatever is left out of it.
import t from 'tap'
import type { Queryable } from '../../src/database/pool.ts'
import { listReviewed } from '../../src/projects/reviews/reviews-table.ts'
import { listVersions } from '../../src/projects/versions/versions-table.ts'
import { VERSION_STATUSES } from '../../src/projects/workflow-status.ts'
import { copyVersions } from '../support/copied-versions.ts'
import { createOwnDatabase } from '../support/database.ts'
import { startTestService } from '../support/service.ts'
import { until } from '../support/until.ts'

const COUNT = 100_000
const LIMIT = 50
/** Rows of all tables that a page may look at. */
const ROWS_MAX = 20 * LIMIT

interface Plan {
  readonly Plans?: readonly Plan[]
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
}

/** Rows that the leaves of a plan have read. */
function rowsRead({ Plans: parts = [], ...plan }: Plan): number {
  const own = (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
  return parts.length === 0 ? own : parts.reduce((sum, part) => sum + rowsRead(part), 0)
}

t.test('pages of versions and reviews', async (t) => {
  const database = await createOwnDatabase(t)
  await database.registerModel('majority')
  const { get, post } = await startTestService(t, { DATABASE_URL: database.url })
  await post('/api/datasets?name=rows&labels=y', 'a,y\n1,p\n2,q\n', { 'content-type': 'text/csv' })
  const { body: project } = await post('/api/projects', { name: 'many', model_name: 'majority', dataset_name: 'rows' })
  await post('/api/projects/many/versions', {})
  await until(async () => (await get('/api/projects/many/versions/1')).status === 200)
  const { owner } = database
  await copyVersions(owner, 'many', COUNT - 1)
  // All but the oldest were approved, a few were rejected or wait, and the newest are revoked.
  await owner.query(
    `with made as (
       insert into ml_worker.reviews (project_id, version, decision, decided_at, decided_by)
       select project_id, version,
         case when version > $1 - 10 then 'revoked' when version % 20000 = 7 then 'rejected'
           when version % 10000 = 3 then 'requested' else 'approved' end, now(), 'token/x'
       from ml_worker.versions where version > 100 returning *
     )
     update ml_worker.review_states s set review_id = m.review_id,
       state = case m.decision when 'requested' then 'pending' else m.decision end
     from made m where m.project_id = s.project_id and m.version = s.version`,
    [COUNT],
  )
  await owner.query('analyze')

  const reads = async (work: (client: Queryable) => Promise<unknown>): Promise<number> => {
    let read = 0
    await work({
      async query(statement, values) {
        const { rows } = await owner.query(`explain (analyze, format json) ${statement}`, values as unknown[])
        read += rowsRead(rows[0]?.['QUERY PLAN'][0].Plan)
        return { rows: [], rowCount: 0 }
      },
    })
    return read
  }
  const befores = [undefined, COUNT / 2]
  for (const before of befores) {
    for (const status of [undefined, ...VERSION_STATUSES]) {
      const read = await reads((client) => listVersions(client, project.id, { limit: LIMIT, before, status }))
      t.ok(read <= ROWS_MAX, `versions ${status} before ${before}: ${read} rows`)
    }
    for (const state of [undefined, 'pending', 'approved', 'rejected', 'revoked'] as const) {
      for (const filter of [{ state }, { state, projectId: project.id }]) {
        const read = await reads((client) => listReviewed(client, filter, LIMIT, before))
        t.ok(read <= ROWS_MAX, `reviews ${JSON.stringify(filter)} before ${before}: ${read} rows`)
      }
    }
  }

  const numbersOf = async (path: string) =>
    ((await get(path)).body.versions ?? (await get(path)).body.reviews).map(
      ({ version }: { version: number }) => version,
    )
  const tens = Array.from({ length: COUNT / 10_000 }, (_, i) => COUNT - 10_000 * (i + 1) + 3).filter((n) => n > 100)
  t.same(await numbersOf('/api/projects/many/versions?workflow_status=pending_review'), tens)
  t.same(new Set(await numbersOf('/api/reviews?state=pending')), new Set(tens))
  const refused = await numbersOf('/api/projects/many/versions?workflow_status=rejected&limit=12')
  t.same(
    refused.slice(0, 10),
    Array.from({ length: 10 }, (_, i) => COUNT - i),
  )
  t.same(refused.slice(10), [COUNT - 20_000 + 7, COUNT - 40_000 + 7])
  t.same(await numbersOf('/api/projects/many/versions?workflow_status=trained&limit=3&before=90'), [89, 88, 87])
})
