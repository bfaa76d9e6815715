// Holds what the catalog says of the worker's own schemas to what the code expects. Deciding only: no look at the database.
import type { ExpectedSchema } from './expected-schema.ts'
import type { FoundSchema } from './look-at-schema.ts'
import { ALL_RIGHTS, grantsTo, JOBS_SCHEMA, MIGRATIONS_TABLE, OWN_SCHEMA, schemasFor } from './own-tables.ts'

/**
 * absent: there is no schema · behind: migrations wait · ungranted: this role lacks rights · newer: a later version of the
 * worker has migrated · current: it can be used.
 */
export interface SchemaState {
  readonly name: 'absent' | 'behind' | 'ungranted' | 'newer' | 'current'
  /** In words: what was found. */
  readonly detail: string
  /** What to do, in SQL or words; undefined where nothing is to be done. */
  readonly remedy: string | undefined
  /** Behind: the migrations that wait, and the one of pg-boss. */
  readonly waiting: readonly string[]
}

const MIGRATE = 'run: npx ml-worker migrate'

export function judgeSchema(found: FoundSchema, expected: ExpectedSchema): SchemaState {
  const { role, schemas } = found
  const missing = [OWN_SCHEMA, JOBS_SCHEMA].filter((schema) => !schemas.has(schema))
  if (missing.length > 0) {
    const statements = schemasFor(role).filter((_, i) => missing.includes([OWN_SCHEMA, JOBS_SCHEMA][i] as string))
    return {
      name: 'absent',
      detail: `there is no schema ${missing.join(' and no schema ')}`,
      remedy: `as one who may: ${statements.join('; ')}; then ${MIGRATE}`,
      waiting: [],
    }
  }
  const ungranted = (detail: string): SchemaState => ({
    name: 'ungranted',
    detail: `the role ${role} ${detail}`,
    remedy: `as their owner: ${grantsTo(role, expected.rights).join('; ')}`,
    waiting: [],
  })
  const closed = [...schemas].filter(([, { mayUse }]) => !mayUse).map(([schema]) => schema)
  if (closed.length > 0) return ungranted(`may not use the schema ${closed.join(' and ')}`)
  const unread = [`${OWN_SCHEMA}.${MIGRATIONS_TABLE}`, `${JOBS_SCHEMA}.version`].filter(
    (table) => found.tables.get(table)?.includes('select') === false,
  )
  if (unread.length > 0) return ungranted(`may not read ${unread.join(' and ')}`)
  return judgeVersions(found, expected) ?? judgeRights(found, expected, ungranted) ?? CURRENT
}

const CURRENT: SchemaState = { name: 'current', detail: 'current', remedy: undefined, waiting: [] }

function judgeVersions(
  { migrations = [], jobsVersion = 0 }: FoundSchema,
  expected: ExpectedSchema,
): SchemaState | undefined {
  const unknown = migrations.filter((name) => !expected.migrations.includes(name))
  if (jobsVersion > expected.jobsVersion) unknown.push(`${JOBS_SCHEMA} ${jobsVersion}`)
  if (unknown.length > 0) {
    return {
      name: 'newer',
      detail: `a later version of the worker has migrated: ${unknown.join(', ')}`,
      remedy: 'run that version of the worker, or restore the schemas of this one from a back-up',
      waiting: [],
    }
  }
  const waiting = expected.migrations.filter((name) => !migrations.includes(name))
  if (jobsVersion < expected.jobsVersion) waiting.push(`${JOBS_SCHEMA} ${jobsVersion} to ${expected.jobsVersion}`)
  if (waiting.length === 0) return undefined
  return { name: 'behind', detail: `migrations wait: ${waiting.join(', ')}`, remedy: MIGRATE, waiting }
}

function judgeRights(
  { tables }: FoundSchema,
  expected: ExpectedSchema,
  ungranted: (detail: string) => SchemaState,
): SchemaState | undefined {
  for (const [name, rights] of tables) {
    const [schema, table = ''] = name.split('.')
    const needed = schema === JOBS_SCHEMA ? ALL_RIGHTS : (expected.rights[table] ?? [])
    const lacking = needed.filter((right) => !rights.includes(right))
    if (lacking.length > 0) return ungranted(`has no right to ${lacking.join(', ')} on ${name}`)
  }
  return undefined
}
