// Ids of tables whose id column has no default: Hibernate makes such tables with GenerationType.AUTO and SEQUENCE.
import type { Queryable } from './pool.ts'

/** Undefined: the column has a default. `sequence`: what the ids are taken from, quoted; null where none is found. */
export type MissingDefault = { readonly sequence: string | null } | undefined

/**
 * Where ids of a table come from when its column has no default: the sequence that Hibernate names after the table, else
 * the one of its version 5. A value of the sequence is an id that no application gives twice: of Hibernate's optimizers
 * "pooled" counts up to it and "pooled-lo" up from it. One look at the catalog.
 */
export async function findMissingDefault(client: Queryable, table: string): Promise<MissingDefault> {
  const { rows } = await client.query<{ hasDefault: boolean; sequence: string | null }>(
    `select a.atthasdef or a.attidentity <> '' as "hasDefault",
       coalesce(to_regclass(quote_ident(n.nspname) || '.' || quote_ident($1 || '_seq')),
                to_regclass(quote_ident(n.nspname) || '.' || quote_ident($1 || '_id_seq')),
                to_regclass(quote_ident(n.nspname) || '.hibernate_sequence'))::text as sequence
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where a.attrelid = to_regclass($1) and a.attname = 'id' and not a.attisdropped`,
    [table],
  )
  const [found] = rows
  return found === undefined || found.hasDefault ? undefined : { sequence: found.sequence }
}
