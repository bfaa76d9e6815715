// The SQL of ml_worker.experiment_units and ml_worker.experiment_rows: who was exposed to which arm, and what was answered.
import type { Queryable, Transaction } from '../../database/pool.ts'
import { timeOfId } from '../../monitoring/log/logged-row.ts'
import { loggedSince } from '../../monitoring/log/monitoring-settings-table.ts'

/** What is told of a unit. Times are milliseconds since 1970. */
export interface UnitMark {
  readonly experimentId: number
  readonly phase: number
  /** Of unitOf. */
  readonly unit: string
  /** The place of the arm. */
  readonly arm: number
  /** When its request came. */
  readonly at: number
  /** When its request failed, or took too long; undefined where it did not. */
  readonly failedAt?: number
  readonly slowAt?: number
}

/** A prediction of an experiment. */
export interface ExperimentRow {
  readonly of: Pick<UnitMark, 'experimentId' | 'phase' | 'unit' | 'arm'>
  readonly predictionId: string
  /** By arm, as outcomeText writes it; null of one that did not predict the row. */
  readonly answers: readonly (string | null)[]
  /** Finite. */
  readonly milliseconds: number
}

const TIME = (milliseconds: string): string => `to_timestamp(${milliseconds} / 1000.0)`

/**
 * A unit is exposed once in a phase, whoever says so how often: the first failure and the first slow request stay. Units in
 * order: workers that write the same ones wait for each other, and never both. O(marks).
 */
export async function insertUnits(tx: Transaction, marks: readonly UnitMark[]): Promise<void> {
  if (marks.length === 0) return
  const given = marks.map(({ experimentId: x, phase: p, unit: u, arm: a, at: t, failedAt: f, slowAt: s }) => {
    return { x, p, u, a, t, f, s }
  })
  await tx.query(
    `insert into ml_worker.experiment_units as kept (experiment_id, phase, unit, arm, exposed_at, failed_at, slow_at)
     select x, p, decode(u, 'hex'), min(a), ${TIME('min(t)')}, ${TIME('min(f)')}, ${TIME('min(s)')}
     from json_to_recordset($1::json) as given (x bigint, p integer, u text, a integer, t bigint, f bigint, s bigint)
     group by x, p, u order by x, p, u
     on conflict (experiment_id, phase, unit) do update
     set failed_at = least(kept.failed_at, excluded.failed_at), slow_at = least(kept.slow_at, excluded.slow_at)
     where excluded.failed_at < coalesce(kept.failed_at, 'infinity') or excluded.slow_at < coalesce(kept.slow_at, 'infinity')`,
    [JSON.stringify(given)],
  )
}

/**
 * Rows that are there already stay as they are: a write whose answer was lost is repeated without harm. O(rows). Columns go as arrays,
 * whose texts are put together by hand: the database takes some 10 µs a row, of JSON 13.
 */
export async function insertRows(tx: Transaction, rows: readonly ExperimentRow[]): Promise<void> {
  const byArmCount = Map.groupBy(rows, ({ answers }) => answers.length)
  for (const [armCount, own] of byArmCount) await insertRowsOf(tx, armCount, own)
}

/** Rows of experiments of so many arms. */
async function insertRowsOf(tx: Transaction, armCount: number, rows: readonly ExperimentRow[]): Promise<void> {
  const column = (of: (row: ExperimentRow) => string | number): string => `{${rows.map(of).join()}}`
  const places = Array.from({ length: armCount }, (_, place) => place)
  const answers = places.map((place) => column((row) => arrayText(row.answers[place] ?? null)))
  const names = places.map((place) => `o${place}`).join()
  await tx.query(
    `insert into ml_worker.experiment_rows
       (experiment_id, predicted_at, prediction_id, phase, unit, arm, answers, milliseconds)
     select x, ${TIME('t')}, i, p, u, a, array[${names}], m
     from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::int[], $5::bytea[], $6::int[], $7::real[],
       ${places.map((place) => `$${place + 8}::text[]`).join()}) as given (x, t, i, p, u, a, m, ${names})
     on conflict do nothing`,
    [
      column(({ of }) => of.experimentId),
      column(({ predictionId }) => timeOfId(predictionId)),
      column(({ predictionId }) => predictionId),
      column(({ of }) => of.phase),
      column(({ of }) => `"\\\\x${of.unit}"`),
      column(({ of }) => of.arm),
      column(({ milliseconds }) => milliseconds),
      ...answers,
    ],
  )
}

/** As an element of an array's text. */
function arrayText(text: string | null): string {
  return text === null ? 'null' : `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

/**
 * Of predictions that would be kept in the log of their project now, and are not there. What another worker is about to log goes
 * as well: it counts for nobody. O(rows).
 */
export async function deleteOfErased(client: Queryable, now: Date): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ml_worker.experiment_rows r using ml_worker.experiments e
     where e.experiment_id = r.experiment_id and r.predicted_at >= ${loggedSince('e.project_id', '$1::timestamptz')}
       and not exists (
         select from ml_worker.predictions p where p.project_id = e.project_id and p.predicted_at = r.predicted_at
           and p.prediction_id = r.prediction_id)`,
    [now],
  )
  return rowCount ?? 0
}

/** Rows of a project of which an arm said one of these. O(rows of its experiments). */
export async function deleteAnswering(client: Queryable, projectId: number, texts: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(
    `delete from ml_worker.experiment_rows r using ml_worker.experiments e
     where e.experiment_id = r.experiment_id and e.project_id = $1::bigint and r.answers && $2::text[]`,
    [projectId, texts],
  )
  return rowCount ?? 0
}
