// Rows of experiments as the worker writes them: what arms said comes back to the character, however often it is written.
import pino from 'pino'
import t from 'tap'
import { createPool, inTransaction } from '../../src/database/pool.ts'
import { type ExperimentRow, insertRows } from '../../src/experiments/traffic/exposures-table.ts'
import { createOwnDatabase } from '../support/database.ts'
import { insertExperiment, unitOf } from '../support/experiment-rows.ts'
import { idAt } from '../support/logged.ts'
import { insertVersions } from '../support/versions.ts'

const log = pino({ level: 'silent' })
const database = await createOwnDatabase(t)
const projectId = await insertVersions(database, 'written', 2)
const pool = createPool(database.url, log)
t.teardown(() => pool.close())

const AT = Date.parse('2026-10-01T00:00:00.123Z')
const TEXTS = [
  '"A"',
  '"a \\"quoted\\", {braced} \\\\ back"',
  'null',
  '"NULL"',
  '',
  '{}',
  ' ',
  '-1.5e-300',
  '"žluť\u{1f600}\n"',
  "'; --",
]

t.test('answers of any text, of two arms and of three, in one batch', async (t) => {
  const experimentId = await insertExperiment(database, projectId, { deploymentId: null })
  const rows: ExperimentRow[] = TEXTS.flatMap((text, i) => {
    const of = { experimentId, phase: 1 + (i % 2), unit: unitOf(`key ${i}`), arm: i % 2 }
    return [[text, null] as const, [null, text, text] as const].map((answers, each) => ({
      ...{ of, answers, predictionId: idAt(AT + 10 * i + each), milliseconds: 0.25 * i },
    }))
  })
  for (const turn of ['once', 'twice']) {
    await inTransaction(pool, (tx) => insertRows(tx, rows))
    const { rows: found } = await database.owner.query(
      `select prediction_id::text as id, (extract(epoch from predicted_at) * 1000)::float8 as at, phase, encode(unit, 'hex') as unit, arm,
         answers, milliseconds
       from ml_worker.experiment_rows where experiment_id = $1 order by predicted_at`,
      [experimentId],
    )
    const expected = rows.map(({ of: { phase, unit, arm }, predictionId: id, answers, milliseconds }, i) => {
      return { id, at: AT + 10 * (i >> 1) + (i & 1), phase, unit, arm, answers, milliseconds }
    })
    t.same(found, expected, turn)
  }
})
