// Holds what the catalog says of the tables to what the worker needs. Deciding only: no look at the database.
import { EXPECTED_TABLES, INDEXED_COLUMNS, type Right, WRITTEN_STATUSES } from './expected-tables.ts'
import type { FoundColumn, FoundTables } from './look-at-tables.ts'

/** error: no work can be taken · warning: something is slow or is missing in answers · note: a call that is refused. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'note'
  /** The check of health that it belongs to. */
  readonly check: 'tables' | 'grants' | 'indexes'
  readonly detail: string
  /** What to do: a statement of SQL, or words. */
  readonly remedy: string
}

/** role: that of the worker, for the statements that grant it something. */
export function judgeTables(found: FoundTables, role: string): Finding[] {
  const findings: Finding[] = []
  for (const [table, expected] of Object.entries(EXPECTED_TABLES)) {
    const columns = found.get(table) ?? []
    if (columns.length === 0) {
      const detail = `there is no table ${table} on the search_path, or no right to use its schema`
      findings.push({
        level: 'error',
        check: 'tables',
        detail,
        remedy: `make it (docs/tables.md), or: alter role ${role} set search_path = …; grant usage on schema … to ${role}`,
      })
      continue
    }
    if (columns[0]?.isRowSecured === true) {
      const detail = `row level security of ${table} is on for the role ${role}: rows that no policy allows are not there for the worker`
      const remedy = `create policy ml_worker_all on ${table} to ${role} using (true) with check (true); or: alter role ${role} bypassrls`
      findings.push({ level: 'warning', check: 'tables', detail, remedy })
    }
    for (const { name, types, lengthMin = 0 } of expected) {
      const column = columns.find((candidate) => candidate.name === name)
      const place = `${table}.${name}`
      if (column === undefined) {
        findings.push(tableError(`there is no column ${place}`, `add it, as ${types[0]} (docs/tables.md)`))
      } else if (!types.includes(column.type)) {
        findings.push(
          tableError(`${place} is ${column.type}; expected ${types.join(' or ')}`, remedyOfType(place, column.type)),
        )
      } else if (column.length !== null && column.length < lengthMin) {
        const remedy = `alter table ${table} alter ${name} type varchar(${Math.max(lengthMin, 255)})`
        findings.push(tableError(`${place} holds ${column.length} characters; expected ${lengthMin} or more`, remedy))
      }
    }
    findings.push(...missingRights(table, columns, role))
  }
  const columnOf = (table: string, name: string): FoundColumn | undefined =>
    found.get(table)?.find((column) => column.name === name)
  findings.push(...judgeStatuses(columnOf('model_runs', 'run_status')))
  findings.push(...judgeIds(found, role))
  if (columnOf('models', 'name')?.isUnique === false) {
    const detail = 'models.name has no unique constraint: a second row of a model would be taken for the first, or not'
    findings.push({ level: 'warning', check: 'tables', detail, remedy: 'alter table models add unique (name)' })
  }
  for (const [table, name] of INDEXED_COLUMNS) {
    if (columnOf(table, name)?.isIndexed !== false) continue
    const detail = `no index begins with ${table}.${name}: each look reads the whole table`
    findings.push({ level: 'warning', check: 'indexes', detail, remedy: `create index on ${table} (${name})` })
  }
  return findings
}

function tableError(detail: string, remedy: string): Finding {
  return { level: 'error', check: 'tables', detail, remedy }
}

function remedyOfType(place: string, type: string): string {
  if (type === 'oid') {
    return `in Java, byte[] without @Lob or with @JdbcTypeCode(SqlTypes.VARBINARY) is bytea; a large object is none of the row`
  }
  if (place === 'model_runs.run_status') return 'in Java, @Enumerated(EnumType.STRING); the default is a number'
  return 'change its type (docs/tables.md)'
}

function missingRights(table: string, columns: readonly FoundColumn[], role: string): Finding[] {
  const expected = EXPECTED_TABLES[table] ?? []
  const missing = (right: Right, level: Finding['level'], names: readonly string[], why: string): Finding[] => {
    const without = columns.filter((column) => names.includes(column.name) && !column[right]).map(({ name }) => name)
    if (without.length === 0) return []
    const isWhole = without.length === names.length && right !== 'update'
    const what = isWhole ? right : `${right} (${without.join(', ')})`
    const detail = `the role ${role} may not ${what} on ${table}${why}`
    return [{ level, check: 'grants', detail, remedy: `grant ${what} on ${table} to ${role}` }]
  }
  const withRight = (right: Right): string[] =>
    expected.filter(({ rights }) => rights.includes(right)).map(({ name }) => name)
  const all = expected.map(({ name }) => name)
  const findings = (['select', 'insert', 'update'] as const).flatMap((right) =>
    missing(right, 'error', withRight(right), ''),
  )
  if (table === 'model_run_metrics') {
    findings.push(...missing('select', 'warning', all, ': GET /api/runs shows no metrics'))
  }
  if (table === 'model_runs') {
    const made = ['id', 'model_id', 'run_date', 'run_status']
    findings.push(...missing('insert', 'note', made, ': POST /api/runs is refused, and all else works'))
  }
  return findings
}

function judgeStatuses(column: FoundColumn | undefined): Finding[] {
  const lacking = WRITTEN_STATUSES.filter((status) => column?.words?.includes(status) === false)
  if (lacking.length === 0) return []
  const detail = `model_runs.run_status does not take ${lacking.join(', ')}: its type or a constraint lists ${column?.words?.join(', ')}`
  return [tableError(detail, 'let it take PENDING, RUNNING, SUCCESS and FAILED; Hibernate lists the names of the enum')]
}

/** Ids that the worker must give, and columns that it does not know and may not leave out. */
function judgeIds(found: FoundTables, role: string): Finding[] {
  const findings: Finding[] = []
  for (const [table, level, consequence] of [
    ['model_run_metrics', 'error', 'no run can have its end'],
    ['model_runs', 'note', 'POST /api/runs is refused'],
  ] as const) {
    const columns = found.get(table) ?? []
    const known = new Set((EXPECTED_TABLES[table] ?? []).map(({ name }) => name))
    for (const { name, isRequired, hasDefault } of columns) {
      if (known.has(name) || !isRequired || hasDefault) continue
      const detail = `${table}.${name} may not be null and has no default, and the worker does not know it: ${consequence}`
      findings.push({ level, check: 'tables', detail, remedy: `alter table ${table} alter ${name} set default …` })
    }
    const id = columns.find(({ name }) => name === 'id')
    if (id === undefined) continue
    if (!id.hasDefault && id.sequence === null) {
      const detail = `${table}.id has no default, and there is no sequence ${table}_seq: ${consequence}`
      findings.push({
        level,
        check: 'tables',
        detail,
        remedy:
          `name the sequence that Hibernate takes ids from: alter table ${table} alter id set default nextval('…'); ` +
          `without one: alter table ${table} alter id add generated by default as identity (start with …), beyond the ids that are there`,
      })
    } else if (id.sequence !== null && id.sequenceUsable === false) {
      // Who may not insert has been told that already.
      if (table === 'model_runs' && !id.insert) continue
      const detail = `the role ${role} may not use the sequence ${id.sequence}: ${consequence}`
      findings.push({ level, check: 'grants', detail, remedy: `grant usage on sequence ${id.sequence} to ${role}` })
    }
    if (!id.hasDefault && id.sequence !== null && table === 'model_run_metrics' && !id.insert) {
      const detail = `the role ${role} may not insert (id) on ${table}, whose id has no default: ${consequence}`
      findings.push({ level, check: 'grants', detail, remedy: `grant insert on ${table} to ${role}` })
    }
  }
  return findings
}
