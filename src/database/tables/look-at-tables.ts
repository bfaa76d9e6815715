// What the catalog of the database says of the three tables, and of the rights of this session's role. Changes nothing.
import type { Queryable } from '../pool.ts'

export interface FoundColumn {
  readonly name: string
  /** As SQL names it, without its length; "enum" of types that are lists of words. */
  readonly type: string
  /** Characters that it holds; null where there is no limit. */
  readonly length: number | null
  readonly isRequired: boolean
  readonly hasDefault: boolean
  /** First in an index. */
  readonly isIndexed: boolean
  /** By itself, in all rows. */
  readonly isUnique: boolean
  readonly select: boolean
  readonly insert: boolean
  readonly update: boolean
  /** What its default takes values from, and may not be used without a right of its own. Null of an identity. */
  readonly sequence: string | null
  readonly sequenceUsable: boolean | null
  /** Policies of its table hide rows from this role. */
  readonly isRowSecured: boolean
  /** Words of its type, or in its check constraints; null where anything goes. */
  readonly words: readonly string[] | null
}

/** Columns by table; a table that is not found has none. */
export type FoundTables = ReadonlyMap<string, readonly FoundColumn[]>

export async function lookAtTables(client: Queryable, tables: readonly string[]): Promise<FoundTables> {
  const { rows } = await client.query<
    FoundColumn & { table: string; checks: string[] | null; labels: string[] | null }
  >(
    `select t.name as "table", a.attname as name,
       case when ty.typtype = 'e' then 'enum' else format_type(a.atttypid, null) end as type,
       case when a.atttypid = 'varchar'::regtype and a.atttypmod > 4 then a.atttypmod - 4 end as length,
       a.attnotnull as "isRequired", a.atthasdef or a.attidentity <> '' as "hasDefault",
       exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum and i.indisvalid) as "isIndexed",
       exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum and i.indnkeyatts = 1
         and i.indisunique and i.indisvalid and i.indpred is null) as "isUnique",
       has_column_privilege(c.oid, a.attnum, 'SELECT') as select,
       has_column_privilege(c.oid, a.attnum, 'INSERT') as insert,
       has_column_privilege(c.oid, a.attnum, 'UPDATE') as update,
       row_security_active(c.oid) as "isRowSecured",
       s.sequence::regclass::text as sequence,
       has_sequence_privilege(s.sequence, 'USAGE') as "sequenceUsable",
       (select array_agg(pg_get_constraintdef(k.oid)) from pg_constraint k
        where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]) as checks,
       (select array_agg(e.enumlabel::text) from pg_enum e where e.enumtypid = a.atttypid) as labels
     from unnest($1::text[]) as t (name)
     join pg_class c on c.oid = to_regclass(t.name)
     join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     join pg_type ty on ty.oid = a.atttypid
     left join lateral (
       select coalesce(
         (select d.refobjid from pg_attrdef f
          join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
          join pg_class q on q.oid = d.refobjid and q.relkind = 'S'
          where f.adrelid = c.oid and f.adnum = a.attnum limit 1),
         case when a.attname = 'id' and not a.atthasdef and a.attidentity = '' then coalesce(
           to_regclass(quote_ident(n.nspname) || '.' || quote_ident(t.name || '_seq')),
           to_regclass(quote_ident(n.nspname) || '.' || quote_ident(t.name || '_id_seq')),
           to_regclass(quote_ident(n.nspname) || '.hibernate_sequence')) end) as sequence
     ) s on true
     order by a.attnum`,
    [tables],
  )
  const found = new Map<string, FoundColumn[]>(tables.map((table) => [table, []]))
  for (const { table, checks, labels, ...column } of rows) {
    const listed = (checks ?? []).flatMap(wordsIn)
    found.get(table)?.push({ ...column, words: labels ?? (listed.length > 0 ? listed : null) })
  }
  return found
}

/** The texts in quotes in the definition of a constraint. */
function wordsIn(definition: string): string[] {
  return Array.from(definition.matchAll(/'((?:[^']|'')*)'/g), ([, word = '']) => word.replaceAll("''", "'"))
}
