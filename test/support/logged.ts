// Predictions in the log, written as deployments leave them: for tests that need no deployment.

import { NO_KEYS } from '../../src/encryption/key-ring.ts'
import { keyDigestOf } from '../../src/monitoring/log/key-digests.ts'
import { idOfRow, PredictionIds } from '../../src/prediction/prediction-ids.ts'
import type { TestDatabase } from './database.ts'

export interface LoggedRow {
  /** Milliseconds since 1970. */
  readonly at: number
  /** A code, or a number. */
  readonly answer: number
  readonly confidence?: number | null
  readonly weight?: number
  readonly features?: readonly (number | null)[]
  /** The caller's, in the column `order`. */
  readonly key?: string
}

const KEY_COLUMN = 'order'

export interface LogPlace {
  readonly projectId: number
  readonly version?: number
  readonly deploymentId?: number
  readonly environment?: string
}

const DAY_MS = 86_400_000
const ids = new Map<number, PredictionIds>()

/** The id of a prediction that is made at a time; another one each time. */
export function idAt(at: number): string {
  const made = ids.get(at) ?? new PredictionIds(() => at)
  ids.set(at, made)
  return idOfRow(made.next(), 0)
}

/** Puts rows into the log, with the days that they need; gives their ids in the order of the rows. */
export async function logRows(
  { owner }: Pick<TestDatabase, 'owner'>,
  place: LogPlace,
  rows: readonly LoggedRow[],
  given: readonly string[] = rows.map(({ at }) => idAt(at)),
): Promise<string[]> {
  const { projectId, version = 1, deploymentId = 1, environment = 'production' } = place
  for (const day of new Set(rows.map(({ at }) => Math.floor(at / DAY_MS)))) {
    await owner.query(`select ml_worker.add_prediction_days((to_timestamp($1) at time zone 'UTC')::date, 1)`, [
      day * 86_400,
    ])
  }
  const records = rows.map(({ at, answer: a, confidence: c = null, weight: w = 1, features: f = null, key: k }, i) => {
    return { i: given[i], t: at, a, c, w, f, k, h: k && keyDigestOf(NO_KEYS, KEY_COLUMN, k) }
  })
  await owner.query(
    `insert into ml_worker.predictions (project_id, predicted_at, prediction_id, deployment_id, version, milliseconds,
       weight, answer, confidence, environment, features, key, key_digest)
     select $1::bigint, to_timestamp(t / 1000.0), i, $2::bigint, $3::int, 1, w, a, c, $4, f, k, decode(h, 'hex')
     from json_to_recordset($5::json)
       as given (i uuid, t bigint, a float8, c float8, w float8, f float8[], k text, h text)`,
    [projectId, deploymentId, version, environment, JSON.stringify(records)],
  )
  return [...given]
}

/** What the answers of a version are, as its artifact would say it. */
export async function insertAnswers(
  { owner }: Pick<TestDatabase, 'owner'>,
  projectId: number,
  answers: object,
  version = 1,
): Promise<void> {
  await owner.query('insert into ml_worker.performance_versions (project_id, version, answers) values ($1, $2, $3)', [
    projectId,
    version,
    JSON.stringify(answers),
  ])
}
