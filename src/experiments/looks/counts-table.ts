// The SQL that counts an experiment: one vote a unit and metric, recomputed from its rows each time.
import type { Queryable, Transaction } from '../../database/pool.ts'

/** What is counted: an experiment, up to its last phase. */
export interface CountScope {
  readonly experimentId: number
  readonly projectId: number
  /** 1 at the least. */
  readonly phaseCount: number
}

/** Texts of answers and outcomes, and the codes of their classes. */
export interface KnownClasses {
  readonly outcomes: readonly string[]
  readonly codes: readonly number[]
}

/** Sorts of a million rows stay in memory, in the transaction. */
export async function allowLargeSorts(tx: Transaction): Promise<void> {
  await tx.query(`set local work_mem = '64MB'`)
}

/**
 * Whether the unit of `row` was exposed to nothing in the phases before. Its later phases count nowhere: which units came back
 * into the same arm depends on the shares of both phases, so a choice by that would tilt the ratio of the arms.
 */
const isFirstPhase = (row: string, phaseCount: number): string =>
  phaseCount < 2
    ? 'true'
    : `(${row}.phase = 1 or not exists (select from ml_worker.experiment_units e
         where e.experiment_id = $1::bigint and e.unit = ${row}.unit and e.phase < ${row}.phase))`

export interface UnitCount {
  readonly phase: number
  readonly arm: number
  readonly exposed: number
  readonly failed: number
  readonly slow: number
}

/** By phase and arm. O(units). */
export async function countUnits(client: Queryable, { experimentId, phaseCount }: CountScope): Promise<UnitCount[]> {
  const { rows } = await client.query<UnitCount>(
    `select u.phase, u.arm, count(*)::float8 as exposed, count(u.failed_at)::float8 as failed,
       count(u.slow_at)::float8 as slow
     from ml_worker.experiment_units u where u.experiment_id = $1::bigint and ${isFirstPhase('u', phaseCount)}
     group by u.phase, u.arm order by u.phase, u.arm`,
    [experimentId],
  )
  return rows
}

/** Units that were exposed to several arms, which takes several phases. O(units). */
export async function countMultiplyExposed(
  client: Queryable,
  { experimentId, phaseCount }: CountScope,
): Promise<number> {
  if (phaseCount < 2) return 0
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::float8 as count from (
       select from ml_worker.experiment_units where experiment_id = $1::bigint group by unit having min(arm) <> max(arm)
     ) several`,
    [experimentId],
  )
  return rows[0]?.count ?? 0
}

/**
 * `first`: of each unit the first row whose outcome is known. Rows are sorted once; what is not in the first phase of its unit
 * is left out after that, which is much less to look up.
 * columns: of it, SQL over the row r and its outcome o. has: what is asked of a row, likewise.
 */
const firstRows = (phaseCount: number, columns: string, has: string): string => `
  sorted as (
    select distinct on (r.phase, r.unit) r.phase, r.unit, r.arm, ${columns}
    from ml_worker.experiment_rows r join ml_worker.outcomes o
      on o.project_id = $2::bigint and o.predicted_at = r.predicted_at and o.prediction_id = r.prediction_id
    where r.experiment_id = $1::bigint and ${has}
    order by r.phase, r.unit, r.predicted_at, r.prediction_id
  ),
  first as (select * from sorted where ${isFirstPhase('sorted', phaseCount)})`

const KNOWN = 'known as materialized (select * from unnest($3::text[], $4::int[]) as k (text, code))'
const OWN = 'r.answers[r.arm + 1]'

export interface ClassCell {
  readonly phase: number
  readonly arm: number
  /** −1 of what is no known class. */
  readonly answer: number
  readonly truth: number
  readonly count: number
}

/** Of each arm, what it answered to the units that were exposed to it. O(rows with an outcome · log). */
export async function countClasses(client: Queryable, scope: CountScope, known: KnownClasses): Promise<ClassCell[]> {
  const { rows } = await client.query<ClassCell>(
    `with ${KNOWN},
     ${firstRows(scope.phaseCount, `${OWN} as answer, o.outcome`, `${OWN} is not null`)},
     cells as (select phase, arm, answer, outcome, count(*) as count from first group by 1, 2, 3, 4)
     select phase, arm, coalesce(a.code, -1) as answer, coalesce(t.code, -1) as truth, sum(count)::float8 as count
     from cells left join known a on a.text = cells.answer left join known t on t.text = cells.outcome
     group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
    [scope.experimentId, scope.projectId, known.outcomes, known.codes],
  )
  return rows
}

export interface ClassPair {
  readonly phase: number
  /** Of the control. */
  readonly control: number
  /** Of the other arm. */
  readonly answer: number
  readonly truth: number
  readonly count: number
}

/** Rows that the control and the arm both answered, whoever the unit was exposed to. arm: from 1. */
export async function countClassPairs(
  client: Queryable,
  scope: CountScope,
  arm: number,
  known: KnownClasses,
): Promise<ClassPair[]> {
  const columns = 'r.answers[1] as control, r.answers[$5::int + 1] as answer, o.outcome'
  const { rows } = await client.query<ClassPair>(
    `with ${KNOWN},
     ${firstRows(scope.phaseCount, columns, BOTH)},
     cells as (select phase, control, answer, outcome, count(*) as count from first group by 1, 2, 3, 4)
     select phase, coalesce(c.code, -1) as control, coalesce(a.code, -1) as answer, coalesce(t.code, -1) as truth,
       sum(count)::float8 as count
     from cells left join known c on c.text = cells.control left join known a on a.text = cells.answer
       left join known t on t.text = cells.outcome
     group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
    [scope.experimentId, scope.projectId, known.outcomes, known.codes, arm],
  )
  return rows
}

const BOTH = 'r.answers[1] is not null and r.answers[$5::int + 1] is not null'
/** Fourth powers of what is larger would be beyond a double. */
const isJudged = (answer: string): string => `abs(o.number) <= 1e70 and abs(${answer}::float8) <= 1e70`
const SUM = (expression: string): string => `coalesce(sum(${expression}), 0)`

export interface NumberSums {
  readonly phase: number
  readonly arm: number
  readonly count: number
  readonly absolute: number
  readonly squares: number
  readonly fourths: number
}

/** As countClasses, of numbers. An outcome that is no number is none. */
export async function sumNumbers(client: Queryable, scope: CountScope): Promise<NumberSums[]> {
  const { rows } = await client.query<NumberSums>(
    `with ${firstRows(scope.phaseCount, `${OWN}::float8 - o.number as e`, isJudged(OWN))}
     select phase, arm, count(*)::float8 as count, ${SUM('abs(e)')} as absolute, ${SUM('e * e')} as squares,
       ${SUM('(e * e) * (e * e)')} as fourths
     from first group by phase, arm order by phase, arm`,
    [scope.experimentId, scope.projectId],
  )
  return rows
}

export interface NumberPairs {
  readonly phase: number
  readonly count: number
  readonly absolute: number
  readonly absoluteSquares: number
  readonly squares: number
  readonly squareSquares: number
}

/** As countClassPairs, of numbers. */
export async function sumNumberPairs(client: Queryable, scope: CountScope, arm: number): Promise<NumberPairs[]> {
  const errors = 'r.answers[1]::float8 - o.number as a, r.answers[$3::int + 1]::float8 - o.number as b'
  const has = `${isJudged('r.answers[1]')} and ${isJudged('r.answers[$3::int + 1]')}`
  const { rows } = await client.query<NumberPairs>(
    `with ${firstRows(scope.phaseCount, errors, has)},
     apart as (select phase, abs(b) - abs(a) as d, b * b - a * a as s from first)
     select phase, count(*)::float8 as count, ${SUM('d')} as absolute, ${SUM('d * d')} as "absoluteSquares",
       ${SUM('s')} as squares, ${SUM('s * s')} as "squareSquares"
     from apart group by phase order by phase`,
    [scope.experimentId, scope.projectId, arm],
  )
  return rows
}

/** Rows that an arm answered by itself. Times are those of its own predictions. */
export interface ArmTimes {
  readonly arm: number
  readonly rows: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

/** Arms that answered nothing have no entry. O(rows · log). */
export async function measureArms(client: Queryable, experimentId: number): Promise<ArmTimes[]> {
  const { rows } = await client.query<Omit<ArmTimes, 'p50Ms' | 'p95Ms' | 'p99Ms'> & { percentiles: number[] }>(
    `select r.arm, count(*)::float8 as rows,
       percentile_cont(array[0.5, 0.95, 0.99]) within group (order by r.milliseconds) as percentiles
     from ml_worker.experiment_rows r where r.experiment_id = $1::bigint and r.answers[r.arm + 1] is not null
     group by r.arm order by r.arm`,
    [experimentId],
  )
  return rows.map(({ percentiles: [p50Ms = 0, p95Ms = 0, p99Ms = 0], ...of }) => ({ ...of, p50Ms, p95Ms, p99Ms }))
}

/** When the newest row was predicted; null before the first. */
export async function newestRowAt(client: Queryable, experimentId: number): Promise<Date | null> {
  const { rows } = await client.query<{ at: Date | null }>(
    'select max(predicted_at) as at from ml_worker.experiment_rows where experiment_id = $1::bigint',
    [experimentId],
  )
  return rows[0]?.at ?? null
}
