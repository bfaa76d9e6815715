// Looks at experiments, by several workers over one database: what ends an experiment, once, and who is told.
import pino from 'pino'
import t from 'tap'
import { Audit } from '../../src/audit/audit.ts'
import { OwnSchema } from '../../src/database/own-schema/own-schema.ts'
import { createPool } from '../../src/database/pool.ts'
import { ChangeLog } from '../../src/deployments/changes.ts'
import { ServiceError } from '../../src/errors.ts'
import type { ExperimentPlan } from '../../src/experiments/experiment.ts'
import { ExperimentLooks, type ExperimentLooksParts } from '../../src/experiments/looks/experiment-looks.ts'
import { judge } from '../../src/experiments/statistics/judge.ts'
import { AnswerKinds } from '../../src/monitoring/performance/answer-kinds.ts'
import { openNotices } from '../../src/notifications/notices.ts'
import { Projects } from '../../src/projects/projects.ts'
import { createOwnDatabase } from '../support/database.ts'
import { insertExperiment, insertRequests, PLAN, type Request } from '../support/experiment-rows.ts'
import { insertAnswers } from '../support/logged.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'
import { insertVersions } from '../support/versions.ts'

const log = pino({ level: 'silent' })
const database = await createOwnDatabase(t)
const { signal } = new AbortController()
const HOUR_MS = 3_600_000
const STARTED = Date.parse('2026-10-01T00:00:00Z')
const GUARDED: Partial<ExperimentPlan> = { guardrails: [{ kind: 'errors', toleratedRatio: 1 }] }

let projects = 0
/** A project of its own, with an active deployment of its first version and an experiment that began at STARTED. */
async function begin(plan: Partial<ExperimentPlan> = {}) {
  const name = `looked${++projects}`
  const projectId = await insertVersions(database, name, 3)
  for (const version of [1, 2]) {
    await insertAnswers(database, projectId, { kind: 'classes', classes: ['no', 'yes'], isLargest: true }, version)
  }
  const deploymentId = await activate(projectId, 1)
  const of = { plan: { ...PLAN, ...plan }, deploymentId, startedAt: new Date(STARTED) }
  const experimentId = await insertExperiment(database, projectId, of)
  const add = (requests: readonly Request[]) => insertRequests(database, { projectId, experimentId }, requests)
  const experiment = async () => {
    const { rows } = await database.owner.query(
      `select state, outcome, winner, finding, deciding_look::float8 as "decidingLook", promoted_as::float8 as "promotedAs"
       from ml_worker.experiments where experiment_id = $1`,
      [experimentId],
    )
    return rows[0]
  }
  return { projectId, name, deploymentId, experimentId, add, experiment }
}

async function activate(projectId: number, version: number): Promise<number> {
  await database.owner.query(
    `update ml_worker.deployments set status = 'replaced', step = 'done', active_until = now(), ended_at = now()
     where project_id = $1 and status = 'active'`,
    [projectId],
  )
  const { rows } = await database.owner.query(
    `insert into ml_worker.deployments
       (project_id, environment, version, run_id, model_name, target, settings, instances, origin, deactivate_others,
        requested_at, requested_by, status, step, active_from, request_digest, failures, attempt, try_after)
     values ($1::bigint, 'production', $2::int, $1::bigint * 1000000 + $2::int, 'majority', 'local', '{}', 1, 'deploy', false, now(), 'anyone',
       'active', 'observe', now(), '', 0, 0, now())
     returning deployment_id::float8 as id`,
    [projectId, version],
  )
  return rows[0].id
}

/** As each of several workers has it. */
function openWorker(more: Partial<ExperimentLooksParts> = {}, url = database.url) {
  const pool = createPool(url, log)
  t.teardown(() => pool.close())
  const ownSchema = new OwnSchema({ pool })
  const audit = new Audit({ ownSchema, isRequired: true, onLost: () => {}, log })
  const notices = openNotices(() => {})
  const parts = {
    ...{ ownSchema, audit, notices, judge, log },
    projects: new Projects({ ownSchema, audit, check: async () => {} }),
    answers: new AnswerKinds({ ownSchema, columns: { of: () => Promise.reject(new Error('they are known')) } }),
    changes: new ChangeLog(ownSchema, notices),
    promotion: { prepare: () => Promise.reject(new Error('nothing is promoted')), promoteIn: () => Promise.reject() },
    onLook: () => {},
    onFailure: () => {},
    ...more,
  }
  return (at: number) => new ExperimentLooks({ ...parts, now: () => at }).look(signal)
}
const look = openWorker()

const looksAt = async (experimentId: number) => {
  const { rows } = await database.owner.query(
    `select look_id::float8 as id, looked_at as at, counts, judgement, is_deciding as "isDeciding"
     from ml_worker.experiment_looks where experiment_id = $1 order by look_id`,
    [experimentId],
  )
  return rows
}
const noticesOf = async (projectName: string) => {
  const { rows } = await database.owner.query(
    `select notice_type as type, data from ml_worker.notices where project_name = $1 order by notice_id`,
    [projectName],
  )
  return rows.map(({ type, data }) => ({ type, data }))
}

/** Keys, half of them in each arm, which are right in so many of a hundred. */
function keys(count: number, right: readonly [number, number], from = 0, at = STARTED + HOUR_MS): Request[] {
  return Array.from({ length: count }, (_, i) => {
    const arm = i % 2
    const isRight = Math.floor(i / 2) % 100 < (right[arm] as number)
    const answer = isRight ? 'yes' : 'no'
    const answers = arm === 0 ? [answer, null] : [null, answer]
    return { key: `${from + i}`, arm, at: at + i, answers, truth: 'yes' }
  })
}

t.test('a better arm wins, in one transaction with its look, its entry and its notice', async (t) => {
  const { name, experimentId, add, experiment } = await begin()
  await add(keys(40, [60, 95]))
  await look(STARTED + 2 * HOUR_MS)
  t.match(await experiment(), { state: 'running', outcome: null })
  await add(keys(2000, [60, 95], 1000))
  await look(STARTED + 3 * HOUR_MS)
  const looks = await looksAt(experimentId)
  t.same(
    looks.map(({ isDeciding }) => isDeciding),
    [false, true],
  )
  const found = await experiment()
  t.match(found, { state: 'concluded', outcome: 'winner', winner: 1, decidingLook: looks[1]?.id, promotedAs: null })
  t.match(found.finding, /"b" is better than "a" in accuracy/)
  const { rows } = await database.owner.query(
    `select actor, action, resource from ml_worker.audit_events where resource = $1`,
    [`experiment/${experimentId}`],
  )
  t.match(rows, [{ action: 'experiment.conclude' }])
  t.match(await noticesOf(name), [{ type: 'experiment.concluded', data: { outcome: 'winner', arm: 'b', version: 2 } }])
})

t.test('whatever comes after the decision changes nothing', async (t) => {
  const { experimentId, add, experiment } = await begin()
  await add(keys(2000, [60, 95]))
  await look(STARTED + 2 * HOUR_MS)
  const before = [await experiment(), await looksAt(experimentId)]
  await add(keys(4000, [99, 10], 5000))
  await look(STARTED + 4 * HOUR_MS)
  t.same([await experiment(), await looksAt(experimentId)], before)
})

t.test('a failing arm is stopped within seconds, long before any sample is complete', async (t) => {
  const { experimentId, add, experiment } = await begin(GUARDED)
  const at = STARTED + HOUR_MS
  await look(at)
  await look(at + 6_000)
  t.equal((await looksAt(experimentId)).length, 1, 'nothing has failed, and outcomes are not due')
  await add(Array.from({ length: 40 }, (_, i) => ({ key: `f${i}`, arm: 1, at: at + 6_000 + i, failed: true })))
  await look(at + 12_000)
  t.match(await experiment(), { state: 'concluded', outcome: 'guardrail_stop', winner: null })
  t.match((await experiment()).finding, /40 units failed in "b" and 0 in "a"/)
})

t.test('a broken split ends it as invalid', async (t) => {
  const { add, experiment } = await begin()
  await add(Array.from({ length: 4000 }, (_, i) => ({ key: `${i}`, arm: i % 5 === 0 ? 1 : 0, at: STARTED + i })))
  await look(STARTED + HOUR_MS)
  t.match(await experiment(), { state: 'concluded', outcome: 'invalid' })
})

t.test('arms that differ by less than the margin are equivalent', async (t) => {
  const { add, experiment } = await begin({ equivalenceMargin: 0.2 })
  await add(keys(6000, [90, 90]))
  await look(STARTED + HOUR_MS)
  t.match(await experiment(), { state: 'concluded', outcome: 'equivalent', winner: null })
})

t.test('when the time is over outcomes are waited for, and there is one last look', async (t) => {
  const { experimentId, add, experiment } = await begin({ maxDurationDays: 1, labelWindowHours: 10 })
  const requests = keys(400, [80, 80])
  await add(requests.map(({ truth: _, ...request }) => request))
  await look(STARTED + 25 * HOUR_MS)
  t.match(await experiment(), { state: 'running' })
  await database.owner.query(
    `insert into ml_worker.outcomes (project_id, predicted_at, prediction_id, outcome, received_at, is_matched)
     select project_id, predicted_at, prediction_id, '"yes"', now(), true
     from ml_worker.experiment_rows join ml_worker.experiments using (experiment_id) where experiment_id = $1`,
    [experimentId],
  )
  await look(STARTED + 33.5 * HOUR_MS)
  t.match(await experiment(), { state: 'running' })
  await look(STARTED + 34 * HOUR_MS)
  t.match(await experiment(), { state: 'concluded', outcome: 'no_decision', winner: null })
  const last = (await looksAt(experimentId)).at(-1)
  t.equal(last?.isDeciding, true)
  t.match(last?.counts.counts.phases[0].units, [{ labelled: 200 }, { labelled: 200 }])
})

t.test('another deployment in the environment ends it, and says so', async (t) => {
  const { projectId, experimentId, add, experiment } = await begin()
  await add(keys(20, [50, 50]))
  await look(STARTED + HOUR_MS)
  await add(keys(20, [50, 50], 20))
  const other = await activate(projectId, 3)
  await look(STARTED + HOUR_MS + 1_000)
  const labelled = (await looksAt(experimentId)).at(-1)?.judgement.sample.reached
  t.equal(labelled, 20, 'its last figures are of all that was known')
  t.match(await experiment(), {
    ...{ state: 'concluded', outcome: 'stopped_by_user', winner: null },
    finding: `Another deployment became active in production: deployment ${other} with version 3.`,
  })
})

t.test('nothing that is deployed any more ends it, too', async (t) => {
  const { deploymentId, experiment } = await begin()
  await database.owner.query(
    `update ml_worker.deployments set status = 'undeployed', step = 'done', active_until = now(), ended_at = now()
     where deployment_id = $1`,
    [deploymentId],
  )
  await look(STARTED + HOUR_MS)
  t.match(await experiment(), { outcome: 'stopped_by_user', finding: /Nothing is deployed in production any more/ })
})

t.test('a challenger whose approval is revoked ends it, for it would answer on', async (t) => {
  const { projectId, add, experiment } = await begin()
  const review = (version: number, state: string) =>
    database.owner.query(
      `with made as (
         insert into ml_worker.reviews (project_id, version, decision, decided_at, decided_by, decided_by_other)
         values ($1, $2, $3, now(), 'anyone', false) returning review_id)
       insert into ml_worker.review_states (project_id, version, state, review_id) select $1, $2, $3, review_id from made
       on conflict (project_id, version) do update set state = excluded.state, review_id = excluded.review_id`,
      [projectId, version, state],
    )
  for (const version of [1, 2]) await review(version, 'approved')
  await add(keys(20, [50, 50]))
  await look(STARTED + HOUR_MS)
  await review(1, 'revoked')
  await review(3, 'revoked')
  await look(STARTED + 2 * HOUR_MS)
  t.match(await experiment(), { state: 'running' }, 'the control stays deployed, and version 3 is no arm')
  await review(2, 'revoked')
  await look(STARTED + 2 * HOUR_MS + 1_000)
  t.match(await experiment(), {
    ...{ state: 'concluded', outcome: 'stopped_by_user', winner: null },
    finding: 'The approval of version 2 was revoked, so it answers nobody any more.',
  })
})

t.test('paused, it is looked at all the same', async (t) => {
  const { experimentId, add, experiment } = await begin()
  await database.owner.query('update ml_worker.experiments set is_paused = true where experiment_id = $1', [
    experimentId,
  ])
  await add(keys(2000, [60, 95]))
  await look(STARTED + HOUR_MS)
  t.match(await experiment(), { outcome: 'winner' })
})

t.test('several workers at once make one look, and decide once', async (t) => {
  const { name, experimentId, add } = await begin()
  await add(keys(2000, [60, 95]))
  const workers = Array.from({ length: 4 }, () => openWorker())
  await Promise.all(workers.map((each) => each(STARTED + HOUR_MS)))
  t.match(await looksAt(experimentId), [{ isDeciding: true }])
  t.equal((await looksAt(experimentId)).length, 1)
  t.equal((await noticesOf(name)).length, 1)
})

t.test('the table takes one deciding look of an experiment', async (t) => {
  const { experimentId, add } = await begin()
  await add(keys(2000, [60, 95]))
  await look(STARTED + HOUR_MS)
  const second = database.owner.query(
    `insert into ml_worker.experiment_looks (experiment_id, looked_at, counts, judgement, is_deciding)
     values ($1, now(), '{}', '{}', true)`,
    [experimentId],
  )
  await t.rejects(second, { message: /experiment_looks_deciding/ })
})

t.test('a look that is broken off leaves nothing, and is made again', async (t) => {
  const { name, experimentId, add, experiment } = await begin()
  await add(keys(2000, [60, 95]))
  const failures: string[] = []
  const broken = openWorker({
    audit: { append: () => Promise.reject(new Error('broken off')) } as never,
    onFailure: () => void failures.push('failed'),
  })
  await broken(STARTED + HOUR_MS)
  t.same(failures, ['failed'])
  t.match(await experiment(), { state: 'running', outcome: null })
  t.same(await noticesOf(name), [])
  const [units, ...others] = await looksAt(experimentId)
  t.match(units, {
    isDeciding: false,
    counts: { counts: { phases: [{ units: [{ exposed: 1000, labelled: 0 }, {}] }] } },
  })
  t.same(others, [], 'what broke off is not there; units alone were counted for the guardrails')
  await look(STARTED + HOUR_MS)
  t.match(await experiment(), { outcome: 'winner' })
})

t.test('a database that goes in the middle of a look leaves nothing of it; the next look finds all', async (t) => {
  const { name, experimentId, add, experiment } = await begin()
  await add(keys(2000, [60, 95]))
  const proxy = await createTcpProxy(t, database.url)
  await proxy.open()
  const failures: string[] = []
  let isShut = false
  const of = async () => {
    if (!isShut) await proxy.shut()
    isShut = true
    return { kind: 'classes', classes: ['no', 'yes'], isLargest: true } as const
  }
  const away = openWorker({ answers: { of }, onFailure: () => void failures.push('failed') }, proxy.url)
  await t.rejects(away(STARTED + HOUR_MS))
  await t.rejects(away(STARTED + HOUR_MS))
  t.same(failures, [], 'that is no failure of the look')
  t.match([await experiment(), await looksAt(experimentId), await noticesOf(name)], [{ state: 'running' }, [], []])
  await proxy.open()
  await away(STARTED + HOUR_MS)
  t.match(await experiment(), { outcome: 'winner' })
})

t.test('an experiment whose look fails holds up none of the others', async (t) => {
  const bad = await begin()
  const good = await begin()
  await good.add(keys(2000, [60, 95]))
  const partial = openWorker({
    judge: (plan, counts, when) => {
      if (counts.phases[0]?.units[0]?.exposed === 0) throw new Error('it cannot be judged')
      return judge(plan, counts, when)
    },
  })
  await partial(STARTED + HOUR_MS)
  t.match([await bad.experiment(), await good.experiment()], [{ state: 'running' }, { outcome: 'winner' }])
  await database.owner.query(`update ml_worker.experiments set state = 'draft' where state = 'running'`)
})

t.test('who stops it while a look counts is not waited for, and the look is dropped', async (t) => {
  const { experimentId, add, experiment } = await begin()
  await add(keys(2000, [60, 95]))
  const stopped = openWorker({
    answers: {
      of: async () => {
        await database.owner.query(
          `update ml_worker.experiments set state = 'concluded', outcome = 'stopped_by_user', concluded_at = now(),
             finding = 'enough', revision = revision + 1 where experiment_id = $1 and state = 'running'`,
          [experimentId],
        )
        return { kind: 'classes', classes: ['no', 'yes'], isLargest: true }
      },
    },
  })
  await stopped(STARTED + HOUR_MS)
  t.match(await experiment(), { outcome: 'stopped_by_user', finding: 'enough' })
  t.same(await looksAt(experimentId), [])
})

t.test('one look follows a stop, at all that was written until then, and changes no outcome', async (t) => {
  const stop = (experimentId: number, secondsAgo: number) =>
    database.owner.query(
      `update ml_worker.experiments set state = 'concluded', outcome = 'stopped_by_user', finding = 'enough',
         concluded_at = now() - make_interval(secs => $2), revision = revision + 1 where experiment_id = $1`,
      [experimentId, secondsAgo],
    )
  const { name, experimentId, add, experiment } = await begin()
  await look(STARTED + HOUR_MS)
  // So many that a look at what runs would find a winner.
  await add(keys(2000, [60, 95]))
  await stop(experimentId, 1)
  await look(STARTED + 2 * HOUR_MS)
  t.equal((await looksAt(experimentId)).length, 1, 'workers may not have written all yet')
  await stop(experimentId, 6)
  const several = [openWorker(), openWorker(), openWorker()]
  await Promise.all(several.map((each) => each(STARTED + 2 * HOUR_MS)))
  await look(STARTED + 3 * HOUR_MS)
  const [first, last, ...others] = await looksAt(experimentId)
  t.same(others, [])
  t.match([first, last], [{ isDeciding: false }, { isDeciding: true, judgement: { decision: { outcome: 'winner' } } }])
  t.match(await experiment(), { outcome: 'stopped_by_user', winner: null, finding: 'enough', decidingLook: last.id })
  t.same(await noticesOf(name), [])
  const longAgo = await begin()
  await stop(longAgo.experimentId, 2 * 86_400)
  await look(STARTED + HOUR_MS)
  t.same(await looksAt(longAgo.experimentId), [], 'its rows may be gone')
})

t.test('a winner is deployed in the transaction of its outcome where the plan says so', async (t) => {
  const { projectId, experimentId, add, experiment } = await begin({ autoPromote: true })
  await add(keys(2000, [60, 95]))
  const promoting = openWorker({
    promotion: {
      prepare: async (_, { arm }) => ({ arm: { name: arm }, deployment: {} }) as never,
      promoteIn: async ({ tx }, concluded) => {
        await tx.query('update ml_worker.experiments set promoted_as = deployment_id where experiment_id = $1', [
          concluded.experimentId,
        ])
        return { ...concluded, promotedAs: concluded.deploymentId }
      },
    },
  })
  await promoting(STARTED + HOUR_MS)
  t.match(await experiment(), { outcome: 'winner', winner: 1, promotedAs: Number })
  t.match((await looksAt(experimentId)).length, 1)
  t.ok(projectId)
})

t.test('what stands against a deployment leaves the outcome, and is told in the finding', async (t) => {
  const refused = new ServiceError('EXPERIMENT_CONFLICT', 'somebody deployed version 3 since')
  for (const promotion of [
    { prepare: () => Promise.reject(refused), promoteIn: () => Promise.reject() },
    { prepare: async () => ({}) as never, promoteIn: () => Promise.reject(refused) },
  ]) {
    const { name, add, experiment } = await begin({ autoPromote: true })
    await add(keys(2000, [60, 95]))
    await openWorker({ promotion })(STARTED + HOUR_MS)
    t.match(await experiment(), { outcome: 'winner', promotedAs: null })
    t.match((await experiment()).finding, /is better than .* It was not deployed: somebody deployed version 3 since\.$/)
    t.match(await noticesOf(name), [{ type: 'experiment.concluded', data: { finding: /It was not deployed/ } }])
  }
})

t.test('a warning is told once, and again when rows stop a second time', async (t) => {
  const { name, add } = await begin()
  const warned = async () => (await noticesOf(name)).map(({ data }) => data['warning'])
  await look(STARTED + 23 * HOUR_MS)
  t.same(await warned(), [])
  await look(STARTED + 25 * HOUR_MS)
  await look(STARTED + 26 * HOUR_MS)
  t.same(await warned(), ['no_rows'])
  await add(keys(10, [50, 50], 0, STARTED + 27 * HOUR_MS))
  await look(STARTED + 28 * HOUR_MS)
  await look(STARTED + 60 * HOUR_MS)
  t.same(await warned(), ['no_rows', 'no_rows'])
})

t.test('after a pause of days rows have a day to come again', async (t) => {
  const { name, experimentId } = await begin()
  await database.owner.query('update ml_worker.experiments set changed_at = $2 where experiment_id = $1', [
    ...[experimentId, new Date(STARTED + 60 * HOUR_MS)],
  ])
  await look(STARTED + 61 * HOUR_MS)
  t.same(await noticesOf(name), [])
  await look(STARTED + 85 * HOUR_MS)
  t.match(await noticesOf(name), [{ data: { warning: 'no_rows' } }])
})

t.test('looks of the last hours are kept, of older ones the first of each hour', async (t) => {
  const { experimentId, add } = await begin()
  await add(keys(10, [50, 50]))
  const at = (minutes: number): number => STARTED + HOUR_MS + minutes * 60_000
  for (const minutes of [0, 20, 40, 60, 80, 500, 510, 520]) await look(at(minutes))
  t.same(
    (await looksAt(experimentId)).map(({ at: time }) => (time.getTime() - at(0)) / 60_000),
    [0, 60, 500, 510, 520],
  )
})

t.test('what is large is counted less often, and its guardrails as often', async (t) => {
  const { experimentId, add, experiment } = await begin(GUARDED)
  const at = STARTED + HOUR_MS
  await add(keys(10, [50, 50]))
  await look(at)
  // As if counting had taken 30 seconds.
  await database.owner.query(
    `update ml_worker.experiment_looks set counts = jsonb_set(counts::jsonb, '{tallyMs}', '30000')::json where experiment_id = $1`,
    [experimentId],
  )
  await look(at + 120_000)
  t.equal((await looksAt(experimentId)).length, 1)
  await add(Array.from({ length: 40 }, (_, i) => ({ key: `f${i}`, arm: 1, at: at + 120_000 + i, failed: true })))
  await look(at + 130_000)
  t.match(await experiment(), { outcome: 'guardrail_stop' })
  const [first, second] = await looksAt(experimentId)
  t.equal(second.counts.talliedAt, first.counts.talliedAt)
})
