// PostgreSQL's SQLSTATEs that more than one place looks for.

export const INSUFFICIENT_PRIVILEGE = '42501'
