// Who asks, and what they may do.
import type { Permission } from './permissions.ts'

/** The actor where nobody is asked who they are. */
export const UNKNOWN_CALLER = 'anyone'

/** Who asks, as it is told: in the audit, and to whoever keeps what was asked for. */
export interface Caller {
  /** "token/<id>", "jwt/<subject>", "command/<user>", or UNKNOWN_CALLER where nobody is asked who they are. Never a secret. */
  readonly actor: string
  /** The address that the call came from; null where it came over no network. */
  readonly address: string | null
  readonly requestId: string | null
}

/** A caller that is known. */
export interface Actor {
  /** As in the audit: Caller.actor. */
  readonly name: string
  readonly permissions: ReadonlySet<Permission>
  /** Of a token that is bound to projects: their names, and nothing else than their routes is open to it. */
  readonly projects?: ReadonlySet<string> | undefined
}

export interface Authenticator {
  /**
   * Who sends this Authorization header; at once where the caller is known already, for a prediction of a row takes some
   * microseconds. Throws ServiceError UNAUTHENTICATED, and what stands against finding out.
   */
  authenticate(authorization: string | undefined, address: string): Actor | Promise<Actor>
}
