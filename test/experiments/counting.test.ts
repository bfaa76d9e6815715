// What is counted of an experiment: one vote a unit and metric, out of rows as requests leave them.
import pino from 'pino'
import t from 'tap'
import { createPool, inTransaction } from '../../src/database/pool.ts'
import type { ExperimentPlan } from '../../src/experiments/experiment.ts'
import { commonAnswers, countExperiment, recountUnits } from '../../src/experiments/looks/count-experiment.ts'
import { measureArms } from '../../src/experiments/looks/counts-table.ts'
import { deleteOfErased as deleteRowsOfErased } from '../../src/experiments/traffic/exposures-table.ts'
import { DEFAULT_WORDS } from '../../src/monitoring/log/monitoring-schemas.ts'
import { saveSettings } from '../../src/monitoring/log/monitoring-settings-table.ts'
import { deleteOfErased as deleteOutcomesOfErased } from '../../src/monitoring/outcomes/kept-outcomes-table.ts'
import { keptOutcomes } from '../../src/monitoring/outcomes/retention.ts'
import type { Answers } from '../../src/monitoring/performance/answers.ts'
import { createOwnDatabase } from '../support/database.ts'
import { insertExperiment, insertRequests, PLAN, phasesOf, type Request } from '../support/experiment-rows.ts'
import { insertVersions } from '../support/versions.ts'

const log = pino({ level: 'silent' })
const database = await createOwnDatabase(t)
const projectId = await insertVersions(database, 'counted', 2)
const pool = createPool(database.url, log)
t.teardown(() => pool.close())

const CLASSES: Answers = { kind: 'classes', classes: ['no', 'yes'], isLargest: true }
const AT = Date.parse('2026-10-01T00:00:00Z')

async function counted(
  requests: readonly Request[],
  {
    plan = {},
    shares = [[0.5, 0.5]],
    answers = CLASSES,
  }: { plan?: Partial<ExperimentPlan>; shares?: readonly (readonly number[])[]; answers?: Answers | undefined } = {},
) {
  const subject = { projectId, plan: { ...PLAN, ...plan } }
  await database.owner.query(`update ml_worker.experiments set state = 'draft'`)
  const experimentId = await insertExperiment(database, projectId, { plan: subject.plan, deploymentId: null })
  await insertRequests(database, { projectId, experimentId }, requests)
  const of = { ...subject, experimentId }
  const count = () => inTransaction(pool, (tx) => countExperiment(tx, of, phasesOf(...shares), answers))
  return { experimentId, of, count, counts: await count() }
}

t.test('a unit votes once for each metric, by its first rows', async (t) => {
  const { counts } = await counted([
    { key: 'one', arm: 0, at: AT, answers: ['yes', null] },
    { key: 'one', arm: 0, at: AT + 2, answers: ['yes', null], truth: 'no', failed: true },
    { key: 'one', arm: 0, at: AT + 1, answers: ['no', null], truth: 'no', failed: true },
    { key: 'two', arm: 1, at: AT, answers: [null, 'yes'], truth: 'yes', slow: true },
    { key: 'two', arm: 1, at: AT + 9, answers: [null, 'no'], truth: 'yes', slow: true },
    { key: 'three', arm: 1, at: AT, answers: [null, 'no'] },
    { key: 'four', arm: 1, at: AT, failed: true },
  ])
  t.same(counts.phases, [
    {
      phase: 1,
      shares: [0.5, 0.5],
      units: [
        { exposed: 1, failed: 1, slow: 0, labelled: 1 },
        { exposed: 3, failed: 1, slow: 1, labelled: 1 },
      ],
      tallies: [
        { kind: 'classes', cells: [[0, 0, 1]] },
        { kind: 'classes', cells: [[1, 1, 1]] },
      ],
      pairs: [undefined, undefined],
    },
  ])
  t.same([counts.classes, counts.multiplyExposed], [['no', 'yes'], 0])
})

t.test('the shares of a phase are those that keys are drawn by', async (t) => {
  const { counts } = await counted([], { shares: [[0.00015, 0.9]] })
  t.same(counts.phases[0]?.shares, [0.0002, 0.9])
})

t.test('the control answers where an arm fails: that row says nothing of how right the arm is', async (t) => {
  const { counts } = await counted([
    { key: 'one', arm: 1, at: AT, answers: ['yes', null], truth: 'yes', failed: true },
    { key: 'one', arm: 1, at: AT + 1, answers: [null, 'no'], truth: 'yes' },
  ])
  t.same(counts.phases[0]?.units[1], { exposed: 1, failed: 1, slow: 0, labelled: 1 })
  t.same(counts.phases[0]?.tallies[1], { kind: 'classes', cells: [[0, 1, 1]] })
})

t.test('pairs are the first rows that both arms answered, whoever answered the caller', async (t) => {
  const rows: Request[] = [
    { key: 'one', arm: 0, at: AT, answers: ['yes', null], truth: 'no' },
    { key: 'one', arm: 0, at: AT + 1, answers: ['yes', 'no'], truth: 'no' },
    { key: 'one', arm: 0, at: AT + 2, answers: ['no', 'no'], truth: 'no' },
    { key: 'two', arm: 1, at: AT, answers: ['no', 'yes'], truth: 'no' },
    { key: 'three', arm: 1, at: AT, answers: ['no', 'yes'] },
  ]
  const { counts } = await counted(rows, { plan: { mode: 'split+shadow' } })
  t.same(counts.phases[0]?.pairs, [
    undefined,
    {
      kind: 'classes',
      cells: [
        [0, 1, 0, 1],
        [1, 0, 0, 1],
      ],
    },
  ])
  const apart = await counted(rows, { plan: { mode: 'split+shadow', outcomeDependsOnServing: true } })
  t.same(apart.counts.phases[0]?.pairs, [undefined, undefined])
})

t.test('outcomes read as classes do elsewhere, and what is no class is −1', async (t) => {
  const { counts } = await counted(
    [
      { key: 'one', arm: 0, at: AT, answers: [1, null], truth: '1' },
      { key: 'two', arm: 0, at: AT, answers: [0, null], truth: 7 },
    ],
    { answers: { kind: 'classes', classes: [0, 1], isLargest: true } },
  )
  t.same(counts.phases[0]?.tallies[0], {
    kind: 'classes',
    cells: [
      [0, -1, 1],
      [1, 1, 1],
    ],
  })
})

t.test('numbers are counted by sums of their errors', async (t) => {
  const { counts } = await counted(
    [
      { key: 'one', arm: 0, at: AT, answers: [3, 1], truth: 1 },
      { key: 'two', arm: 1, at: AT, answers: [5, 2.5], truth: 2 },
      { key: 'three', arm: 1, at: AT, answers: [5, 2.5], truth: 'no number' },
      { key: 'three', arm: 1, at: AT + 1, answers: [1e71, 1e71], truth: 1 },
    ],
    { answers: { kind: 'numbers' }, plan: { mode: 'split+shadow', successMetrics: ['mean_absolute_error'] } },
  )
  t.same(counts.phases[0]?.tallies, [
    { kind: 'numbers', count: 1, absolute: 2, squares: 4, fourths: 16 },
    { kind: 'numbers', count: 1, absolute: 0.5, squares: 0.25, fourths: 0.0625 },
  ])
  // |e| of b less that of a: −2 and −2.5. e²: −4 and −8.75.
  t.same(counts.phases[0]?.pairs[1], {
    ...{ kind: 'numbers', count: 2, absolute: -4.5, absoluteSquares: 10.25 },
    ...{ squares: -12.75, squareSquares: 92.5625 },
  })
})

t.test('a unit counts in its first phase alone, and several arms are told', async (t) => {
  const rows: Request[] = [
    { key: 'moved', arm: 0, phase: 1, at: AT, answers: ['yes', null], truth: 'yes' },
    { key: 'moved', arm: 1, phase: 2, at: AT + 1, answers: [null, 'no'], truth: 'yes', failed: true },
    { key: 'stayed', arm: 1, phase: 1, at: AT, answers: [null, 'no'] },
    { key: 'stayed', arm: 1, phase: 2, at: AT + 1, answers: [null, 'yes'], truth: 'yes' },
    { key: 'new', arm: 1, phase: 2, at: AT + 1, answers: [null, 'yes'], truth: 'yes', slow: true },
  ]
  const shares = [
    [0.9, 0.1],
    [0.5, 0.5],
  ]
  const { counts } = await counted(rows, { shares })
  t.equal(counts.multiplyExposed, 1)
  t.same(
    counts.phases.map(({ phase, units }) => ({ phase, units })),
    [
      {
        phase: 1,
        units: [
          { exposed: 1, failed: 0, slow: 0, labelled: 1 },
          { exposed: 1, failed: 0, slow: 0, labelled: 0 },
        ],
      },
      {
        phase: 2,
        units: [
          { exposed: 0, failed: 0, slow: 0, labelled: 0 },
          { exposed: 1, failed: 0, slow: 1, labelled: 1 },
        ],
      },
    ],
  )
})

t.test('late and corrected outcomes simply count the next time', async (t) => {
  const { count, counts, experimentId } = await counted([
    { key: 'one', arm: 0, at: AT, answers: ['yes', null] },
    { key: 'one', arm: 0, at: AT + 1, answers: ['no', null], truth: 'no' },
  ])
  t.same(counts.phases[0]?.tallies[0], { kind: 'classes', cells: [[0, 0, 1]] })
  const bring = (outcome: string) =>
    database.owner.query(
      `insert into ml_worker.outcomes (project_id, predicted_at, prediction_id, outcome, received_at, is_matched)
       select $2, predicted_at, prediction_id, $3, now(), true from ml_worker.experiment_rows
       where experiment_id = $1 order by predicted_at limit 1
       on conflict (project_id, predicted_at, prediction_id) do update set outcome = excluded.outcome`,
      [experimentId, projectId, outcome],
    )
  await bring('"no"')
  t.same((await count()).phases[0]?.tallies[0], { kind: 'classes', cells: [[1, 0, 1]] })
  await bring('"yes"')
  t.same((await count()).phases[0]?.tallies[0], { kind: 'classes', cells: [[1, 1, 1]] })
})

t.test('between two counts of outcomes, units are counted anew', async (t) => {
  const { counts, of, experimentId } = await counted([
    { key: 'one', arm: 0, at: AT, answers: ['yes', null], truth: 'yes' },
  ])
  await insertRequests(database, { projectId, experimentId }, [
    { key: 'two', arm: 1, at: AT + 5, failed: true },
    { key: 'one', arm: 0, at: AT + 6, answers: ['no', null], truth: 'yes', slow: true },
  ])
  const again = await inTransaction(pool, (tx) => recountUnits(tx, of, phasesOf([0.5, 0.5]), counts))
  t.same(again.phases[0]?.units, [
    { exposed: 1, failed: 0, slow: 1, labelled: 1 },
    { exposed: 1, failed: 1, slow: 0, labelled: 0 },
  ])
  t.same(again.phases[0]?.tallies, counts.phases[0]?.tallies)
})

t.test('where the answers of an arm cannot be known, units are counted and outcomes are not', async (t) => {
  const { experimentId } = await counted([])
  await insertRequests(database, { projectId, experimentId }, [
    { key: 'one', arm: 0, at: AT, answers: ['yes', null], truth: 'yes', failed: true },
  ])
  const of = { projectId, experimentId, plan: PLAN }
  const counts = await inTransaction(pool, (tx) => countExperiment(tx, of, phasesOf([0.5, 0.5]), undefined))
  t.same(counts.phases[0]?.units[0], { exposed: 1, failed: 1, slow: 0, labelled: 0 })
  t.same(commonAnswers([CLASSES, { ...CLASSES, classes: ['maybe', 'yes'] }]), {
    ...CLASSES,
    classes: ['maybe', 'no', 'yes'],
  })
  t.equal(commonAnswers([CLASSES, undefined]), undefined)
  t.equal(commonAnswers([CLASSES, { kind: 'numbers' }]), undefined)
})

t.test('times are of what an arm answered by itself', async (t) => {
  const rows = Array.from({ length: 100 }, (_, i): Request => {
    return { key: `k${i}`, arm: i % 2, at: AT + i, answers: ['yes', 'no'], milliseconds: i + 1 }
  })
  const failed: Request = { key: 'f', arm: 1, at: AT, answers: ['yes', null], failed: true, milliseconds: 9999 }
  const { experimentId } = await counted([...rows, failed])
  t.same(await measureArms(pool, experimentId), [
    { arm: 0, rows: 50, p50Ms: 50, p95Ms: 94.1, p99Ms: 98.02 },
    { arm: 1, rows: 50, p50Ms: 51, p95Ms: 95.1, p99Ms: 99.02 },
  ])
})

t.test('an erasure takes nothing of predictions that have left the log of their project by time', async (t) => {
  await database.owner.query('delete from ml_worker.outcomes; delete from ml_worker.experiment_rows')
  const { count } = await counted([{ key: 'one', arm: 0, at: AT, answers: ['yes', null], truth: 'yes' }])
  const words = { ...DEFAULT_WORDS, retention_days: 7 }
  await inTransaction(pool, (tx) => saveSettings(tx, projectId, words, 'anyone'))
  const labelled = async () => (await count()).phases[0]?.units[0]?.labelled
  const eraseAfter = async (days: number) => {
    const at = new Date(AT + days * 86_400_000)
    return [await deleteRowsOfErased(pool, at), await deleteOutcomesOfErased(pool, at), await labelled()]
  }
  t.same(await eraseAfter(8), [0, 0, 1])
  t.same(await eraseAfter(6), [1, 1, 0], 'within its days what is not in the log was erased')
  await inTransaction(pool, (tx) => saveSettings(tx, projectId, DEFAULT_WORDS, 'anyone'))
})

t.test('outcomes that an experiment counts outlast the days of the log, until it is concluded', async (t) => {
  await database.owner.query('delete from ml_worker.outcomes')
  const { experimentId, count } = await counted([{ key: 'one', arm: 0, at: AT, answers: ['yes', null], truth: 'yes' }])
  const labelled = async () => (await count()).phases[0]?.units[0]?.labelled
  const { signal } = new AbortController()
  const [outcomes] = keptOutcomes(pool, undefined, () => AT + 60 * 86_400_000)
  await database.owner.query('update ml_worker.experiments set started_at = $2 where experiment_id = $1', [
    experimentId,
    new Date(AT),
  ])
  t.same([await outcomes?.countOld(signal), await outcomes?.deleteOld(signal), await labelled()], [0, 0, 1])
  await database.owner.query(
    `update ml_worker.experiments set state = 'concluded', outcome = 'no_decision', concluded_at = now()
     where experiment_id = $1`,
    [experimentId],
  )
  t.same([await outcomes?.countOld(signal), await outcomes?.deleteOld(signal), await labelled()], [1, 1, 0])
})
