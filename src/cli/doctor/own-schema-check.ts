// What the doctor sees of the worker's own schemas. Without them the worker does all but what needs them.

import { readExpectedSchema } from '../../database/own-schema/expected-schema.ts'
import { judgeSchema } from '../../database/own-schema/judge-schema.ts'
import { lookAtSchema } from '../../database/own-schema/look-at-schema.ts'
import type { Queryable } from '../../database/pool.ts'
import { countUnsigned } from '../../signing/manifests-table.ts'
import type { Diagnosis } from './diagnosis.ts'

/** keyIds: of the keys one of which must have signed each version; undefined where none must. */
export async function checkOwnSchema(client: Queryable, keyIds: readonly string[] | undefined): Promise<Diagnosis[]> {
  const { name, detail, remedy } = judgeSchema(await lookAtSchema(client), await readExpectedSchema())
  const subject = 'own schema'
  if (name === 'current') {
    const found: Diagnosis = { subject, level: 'ok', detail: 'ml_worker and ml_jobs are current' }
    return keyIds === undefined ? [found] : [found, ...(await checkSignatures(client, keyIds))]
  }
  const level = name === 'absent' ? 'note' : 'warning'
  return [{ subject, level, detail: `not used: ${detail}`, ...(remedy === undefined ? {} : { remedy }) }]
}

async function checkSignatures(client: Queryable, keyIds: readonly string[]): Promise<Diagnosis[]> {
  const count = await countUnsigned(client, keyIds)
  if (count === 0) return []
  const detail = `SIGNATURES=required: versions that no accepted key has signed, and that do not predict: ${count}`
  const remedy =
    'npx ml-worker version manifest --sign for those that are in use, or name their key in SIGNING_TRUSTED_KEYS'
  return [{ subject: 'signing', level: 'warning', detail, remedy }]
}
