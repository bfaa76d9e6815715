// What a server says of itself and of the session that asks.
import type { Queryable } from './pool.ts'

export interface ServerFacts {
  /** As the server writes it: 16.4. */
  readonly version: string
  readonly role: string
  readonly database: string
  /** True of a standby, which takes no writes. */
  readonly isStandby: boolean
  /** Of the session's TLS; null without. */
  readonly tls: string | null
  /** The server's clock, in milliseconds since 1970. */
  readonly nowMs: number
}

export async function readServerFacts(client: Queryable): Promise<ServerFacts> {
  const { rows } = await client.query<ServerFacts>(
    `select current_setting('server_version') as version, quote_ident(current_user) as role,
       current_database() as database, pg_is_in_recovery() as "isStandby",
       (select case when s.ssl then s.version end from pg_stat_ssl s where s.pid = pg_backend_pid()) as tls,
       extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs"`,
  )
  return rows[0] as ServerFacts
}
