// PostgreSQL's SQLSTATEs that more than one place looks for.

export const INSUFFICIENT_PRIVILEGE = '42501'
/** A lock that was not had in time. */
export const LOCK_NOT_AVAILABLE = '55P03'
