// What the doctor sees of the worker's own schemas. Without them the worker does all but what needs them.

import { readExpectedSchema } from '../../database/own-schema/expected-schema.ts'
import { judgeSchema } from '../../database/own-schema/judge-schema.ts'
import { lookAtSchema } from '../../database/own-schema/look-at-schema.ts'
import type { Queryable } from '../../database/pool.ts'
import type { Diagnosis } from './diagnosis.ts'

export async function checkOwnSchema(client: Queryable): Promise<Diagnosis> {
  const { name, detail, remedy } = judgeSchema(await lookAtSchema(client), await readExpectedSchema())
  const subject = 'own schema'
  if (name === 'current') return { subject, level: 'ok', detail: 'ml_worker and ml_jobs are current' }
  const level = name === 'absent' ? 'note' : 'warning'
  return { subject, level, detail: `not used: ${detail}`, ...(remedy === undefined ? {} : { remedy }) }
}
