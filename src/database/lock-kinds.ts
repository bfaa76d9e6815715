// What locks stand for, and the keys that PostgreSQL knows them by.

/** Locks on one kind of thing: its own ids, in keys that no other kind has. */
export interface LockKind {
  /** What an id is of, in messages: `run`. */
  readonly name: string
  /** The first key of its locks, an int32; the second is the id, where that has 31 bits. */
  readonly lockClass: number
  /**
   * Before the 53 bits of a larger id, in a key of 64 bits: those of PostgreSQL are another kind of lock than pairs.
   * From 0 to 1023.
   */
  readonly prefix: number
}

/** Trainings. The keys are those of every version: workers of two versions may run side by side. "MLWK". */
export const RUN_LOCKS: LockKind = { name: 'run', lockClass: 0x4d4c574b, prefix: 0x135 }

/** Erasures that a worker is at. "MLWE". */
export const ERASURE_LOCKS: LockKind = { name: 'erasure', lockClass: 0x4d4c5745, prefix: 0x136 }
/** Stored objects: the first key of locks whose second is a hash of the object's key. "MLWO". */
export const OBJECT_LOCK_CLASS = 0x4d4c574f
/** Model classes in environments: the first key of locks whose second is a hash of both names. "MLWD". */
export const DEPLOYMENT_LOCK_CLASS = 0x4d4c5744
/** Sums of predictions: the first key of locks whose second is a hash of the project's id. "MLWS". */
export const SUMS_LOCK_CLASS = 0x4d4c5753

/** A lock, as text that no other lock has. */
export function keyOf({ name }: LockKind, id: number): string {
  return `${name} ${id}`
}

const isPair = (id: number): boolean => id < 2 ** 31
const largeKey = ({ prefix }: LockKind, id: number): bigint => (BigInt(prefix) << 53n) | BigInt(id)

/** A call of a lock function of PostgreSQL, with its `result`. id: an integer from 0 to 2⁵³ − 1. */
export function lockCall(
  name: 'pg_advisory_lock' | 'pg_advisory_unlock' | 'pg_try_advisory_lock',
  kind: LockKind,
  id: number,
): [text: string, values: (number | string)[]] {
  if (isPair(id)) return [`select ${name}($1::int, $2::int) as result`, [kind.lockClass, id]]
  return [`select ${name}($1::bigint) as result`, [String(largeKey(kind, id))]]
}

/** The lock as pg_locks shows it: classid, objid and objsubid. A key of 64 bits stands there in two halves. */
export function shownLock(kind: LockKind, id: number): [classId: number, objectId: number, objectSubId: 1 | 2] {
  if (isPair(id)) return [kind.lockClass, id, 2]
  const key = largeKey(kind, id)
  return [Number(key >> 32n), Number(key & 0xffffffffn), 1]
}
